package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.StatusMapping;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.ForwardingServerCall;
import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The edge every call crosses: refused if its caller may not make it, counted on its way in, refused while the server drains, and every error on its way out
 * turned into a status, a defect being logged here and nowhere else. A service may throw any exception from its method or
 * give it to {@code StreamObserver.onError} as it is.
 */
final class CallEdge implements ServerInterceptor {
    private static final Logger LOG = Logger.getLogger(CallEdge.class);
    private static final String REFLECTION = "grpc.reflection.";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Guard guard;
    private final ActiveCalls calls;
    private final ServingMeters meters;

    /**
     * Who may make which call.
     *
     * @param needed the role that a method needs, by its full name
     */
    record Guard(Access access, Function<String, Role> needed) {}

    CallEdge(Guard guard, ActiveCalls calls, ServingMeters meters) {
        this.guard = guard;
        this.calls = calls;
        this.meters = meters;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        if (method.startsWith(REFLECTION)) {
            // An open reflection stream is no work: it neither holds up a drain nor is refused by it.
            return next.startCall(call, headers);
        }
        TranslatedCall<Q, R> translated = new TranslatedCall<>(call, TraceId.of(headers));
        try {
            guard.access().require(guard.needed().apply(method), headers.get(AUTHORIZATION));
        } catch (CallerFault denied) {
            translated.fail(denied);
            return new ServerCall.Listener<>() {};
        }
        Optional<ActiveCalls.Ticket> ticket = calls.enter();
        if (ticket.isEmpty()) {
            translated.fail(ActiveCalls.refusal());
            return new ServerCall.Listener<>() {};
        }
        try {
            return new TranslatedListener<>(next.startCall(translated, headers), translated, ticket.get());
        } catch (RuntimeException e) {
            ticket.get().leave();
            translated.fail(e);
            return new ServerCall.Listener<>() {};
        }
    }

    /** A call whose end carries the house's details. */
    private final class TranslatedCall<Q, R> extends ForwardingServerCall.SimpleForwardingServerCall<Q, R> {
        private final String traceId;
        private final AtomicBoolean closed = new AtomicBoolean();

        private TranslatedCall(ServerCall<Q, R> call, String traceId) {
            super(call);
            this.traceId = traceId;
        }

        /** {@code onError} of an arbitrary exception arrives here as UNKNOWN with that cause. */
        @Override
        public void close(Status status, Metadata trailers) {
            Throwable cause = status.getCause();
            if (status.getCode() == Status.Code.UNKNOWN && cause != null) {
                fail(cause);
            } else {
                closed.set(true);
                if (!status.isOk()) {
                    meters.rejected(status.getCode().name());
                }
                super.close(status, trailers);
            }
        }

        private void fail(Throwable error) {
            if (StatusMapping.isDefect(error)) {
                LOG.errorf(
                        error, "%s failed, trace id %s", getMethodDescriptor().getFullMethodName(), traceId);
            }
            if (closed.getAndSet(true)) {
                return;
            }
            meters.rejected(StatusMapping.reason(error));
            StatusRuntimeException status = StatusMapping.toStatus(error, traceId);
            Metadata trailers = status.getTrailers();
            super.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
        }
    }

    /** Catches what a service's method throws, and sees the call's end. */
    private static final class TranslatedListener<Q>
            extends ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
        private final CallEdge.TranslatedCall<Q, ?> call;
        private final ActiveCalls.Ticket ticket;

        private TranslatedListener(
                ServerCall.Listener<Q> service, CallEdge.TranslatedCall<Q, ?> call, ActiveCalls.Ticket ticket) {
            super(service);
            this.call = call;
            this.ticket = ticket;
        }

        @Override
        public void onMessage(Q message) {
            guard(() -> super.onMessage(message));
        }

        @Override
        public void onHalfClose() {
            guard(super::onHalfClose);
        }

        @Override
        public void onReady() {
            guard(super::onReady);
        }

        @Override
        public void onCancel() {
            ticket.leave();
            guard(super::onCancel);
        }

        @Override
        public void onComplete() {
            ticket.leave();
            guard(super::onComplete);
        }

        private void guard(Runnable event) {
            try {
                event.run();
            } catch (RuntimeException e) {
                call.fail(e);
            }
        }
    }
}
