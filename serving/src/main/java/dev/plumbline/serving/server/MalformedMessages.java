package dev.plumbline.serving.server;

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
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;

/**
 * What becomes of bytes that are no message of their method: the call ends as its caller's fault, and no service sees it.
 *
 * <p>grpc-java reads a message before any interceptor is asked, and ends a call that it cannot read as UNKNOWN. The hook for
 * binary logs is the one place where a server may exchange the reader of every method, also of services that somebody else
 * binds. It is asked once for each call, so a reader belongs to one call.
 */
final class MalformedMessages extends BinaryLog {
    private final ServingMeters meters;

    MalformedMessages(ServingMeters meters) {
        this.meters = meters;
    }

    @Override
    public <Q, R> ServerMethodDefinition<?, ?> wrapMethodDefinition(ServerMethodDefinition<Q, R> method) {
        MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
        return descriptor.getRequestMarshaller() instanceof PrototypeMarshaller<Q> protobuf
                ? reading(method, new Reader<>(protobuf))
                : method;
    }

    private <Q, R> ServerMethodDefinition<Q, R> reading(ServerMethodDefinition<Q, R> method, Reader<Q> reader) {
        MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
        return ServerMethodDefinition.create(
                descriptor.toBuilder(reader, descriptor.getResponseMarshaller()).build(), (call, headers) -> {
                    EndableCall<Q, R> endable = new EndableCall<>(call);
                    ServerCall.Listener<Q> service =
                            method.getServerCallHandler().startCall(endable, headers);
                    return new Listener<>(service, reader, () -> refuse(endable, TraceId.of(headers)));
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

    /** Reads the messages of one call, up to the first that is none, for which an empty one stands. */
    private static final class Reader<Q> implements MethodDescriptor.Marshaller<Q> {
        private final PrototypeMarshaller<Q> protobuf;
        private boolean failed;

        private Reader(PrototypeMarshaller<Q> protobuf) {
            this.protobuf = protobuf;
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
                failed = true;
                return protobuf.getMessagePrototype();
            }
        }
    }

    /** Lets messages through as long as all could be read; gRPC reads one and gives it here before it reads the next. */
    private static final class Listener<Q> extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
        private final Reader<Q> reader;
        private final Runnable refusal;

        private Listener(ServerCall.Listener<Q> service, Reader<Q> reader, Runnable refusal) {
            super(service);
            this.reader = reader;
            this.refusal = refusal;
        }

        @Override
        public void onMessage(Q message) {
            if (reader.failed) {
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
