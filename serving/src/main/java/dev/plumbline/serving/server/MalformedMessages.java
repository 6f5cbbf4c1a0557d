package dev.plumbline.serving.server;

import com.google.protobuf.MessageLite;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.StatusMapping;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.BinaryLog;
import io.grpc.Channel;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What becomes of bytes that are no message of their method: the call ends as its caller's fault, and no service sees it.
 *
 * <p>grpc-java reads a message before any interceptor is asked, and ends a call that it cannot read as UNKNOWN. The hook for
 * binary logs is the one place where a server may exchange the reader of every method, also of services that somebody else
 * binds. It is asked once for each call and gives the same descriptor for all calls of a method, since interceptors keep
 * what they know of a method by its descriptor for as long as the server lives.
 */
final class MalformedMessages extends BinaryLog {
    private final ServingMeters meters;
    private final Map<MethodDescriptor<?, ?>, MethodDescriptor<?, ?>> guarded = new ConcurrentHashMap<>();

    MalformedMessages(ServingMeters meters) {
        this.meters = meters;
    }

    @Override
    public <Q, R> ServerMethodDefinition<?, ?> wrapMethodDefinition(ServerMethodDefinition<Q, R> method) {
        MethodDescriptor<Q, R> descriptor = guarded(method.getMethodDescriptor());
        return descriptor.getRequestMarshaller() instanceof Reader<Q> reader
                ? refusing(descriptor, reader, method.getServerCallHandler())
                : method;
    }

    /** The same method with a {@link Reader}, if its messages are protobuf's. */
    @SuppressWarnings("unchecked") // a method's types are those of its descriptor
    private <Q, R> MethodDescriptor<Q, R> guarded(MethodDescriptor<Q, R> method) {
        return (MethodDescriptor<Q, R>) guarded.computeIfAbsent(
                method,
                key -> method.getRequestMarshaller() instanceof PrototypeMarshaller<Q> protobuf
                                && protobuf.getMessagePrototype() instanceof MessageLite empty
                        ? method.toBuilder(
                                        new Reader<>(protobuf, (Q)
                                                empty.newBuilderForType().build()),
                                        method.getResponseMarshaller())
                                .build()
                        : method);
    }

    private <Q, R> ServerMethodDefinition<Q, R> refusing(
            MethodDescriptor<Q, R> method, Reader<Q> reader, ServerCallHandler<Q, R> handler) {
        return ServerMethodDefinition.create(method, (call, headers) -> {
            EndableCall<Q, R> endable = new EndableCall<>(call);
            return new Listener<>(
                    handler.startCall(endable, headers), reader, () -> refuse(endable, TraceId.of(headers)));
        });
    }

    private void refuse(EndableCall<?, ?> call, String traceId) {
        CallerFault fault = CallerFault.invalid(
                "MALFORMED_MESSAGE",
                "request",
                "the request is no message of "
                        + call.getMethodDescriptor().getFullMethodName()
                        + "; write it with the classes that protoc makes of the service's .proto files");
        meters.rejected(fault.reason());
        StatusRuntimeException status = StatusMapping.toStatus(fault, traceId);
        Metadata trailers = status.getTrailers();
        call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    @Override
    public Channel wrapChannel(Channel channel) {
        return channel;
    }

    @Override
    public void close() {}

    /** Reads messages; for each that is none stands one that no bytes are read as. */
    private static final class Reader<Q> implements MethodDescriptor.Marshaller<Q> {
        private final PrototypeMarshaller<Q> protobuf;
        private final Q malformed;

        /** @param malformed a message that nobody else has, whatever it says */
        private Reader(PrototypeMarshaller<Q> protobuf, Q malformed) {
            this.protobuf = protobuf;
            this.malformed = malformed;
        }

        @Override
        public InputStream stream(Q message) {
            return protobuf.stream(message);
        }

        @Override
        public Q parse(InputStream bytes) {
            try {
                return protobuf.parse(bytes);
            } catch (StatusRuntimeException e) {
                return malformed;
            }
        }
    }

    /** Lets messages through up to the first that could not be read. */
    private static final class Listener<Q> extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
        private final Q malformed;
        private final Runnable refusal;
        private boolean refused;

        private Listener(ServerCall.Listener<Q> service, Reader<Q> reader, Runnable refusal) {
            super(service);
            this.malformed = reader.malformed;
            this.refusal = refusal;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // another empty message is one
        public void onMessage(Q message) {
            refused |= message == malformed;
            if (refused) {
                refusal.run();
            } else {
                super.onMessage(message);
            }
        }
    }

    /** A call that ends once; what a service, on a thread of its own, says after that is for nobody. */
    private static final class EndableCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
        private boolean ended;

        private EndableCall(ServerCall<Q, R> call) {
            super(call);
        }

        @Override
        public synchronized void sendHeaders(Metadata headers) {
            if (!ended) {
                super.sendHeaders(headers);
            }
        }

        @Override
        public synchronized void sendMessage(R message) {
            if (!ended) {
                super.sendMessage(message);
            }
        }

        @Override
        public synchronized void close(Status status, Metadata trailers) {
            if (!ended) {
                ended = true;
                super.close(status, trailers);
            }
        }
    }
}
