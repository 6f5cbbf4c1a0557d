package dev.plumbline.serving.http;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Role;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.HttpFault;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.ActiveCalls;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.runtime.ExecutorRecorder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The edge every call over HTTP crosses: counted together with the calls over gRPC, refused while the server drains, its
 * body bounded, and every error turned into a status with the body of its façade. Health and metrics do not come this way.
 */
@Singleton
public final class HttpEdge {
    private final Access access;
    private final ActiveCalls calls;
    private final ServingMeters meters;
    private final int maxBodyBytes;
    private final Executor workers;

    /** A body may be as large as a message over gRPC; Quarkus' own workers also serve the calls over that. */
    @Inject
    HttpEdge(Access access, ActiveCalls calls, ServingMeters meters, GrpcConfiguration grpc) {
        this(
                access,
                calls,
                meters,
                grpc.server().maxInboundMessageSize().orElseThrow(),
                task -> ExecutorRecorder.getCurrent().execute(task));
    }

    HttpEdge(Access access, ActiveCalls calls, ServingMeters meters, int maxBodyBytes, Executor workers) {
        this.access = access;
        this.calls = calls;
        this.meters = meters;
        this.maxBodyBytes = maxBodyBytes;
        this.workers = workers;
    }

    /** A façade below a path, whose errors have bodies of this form. */
    public Facade facade(Router router, String path, Function<HttpFault, String> faultBody) {
        return new Facade(router, path, faultBody);
    }

    /** The paths of one API. */
    public final class Facade {
        private final Router router;
        private final String root;
        private final Function<HttpFault, String> faultBody;

        private Facade(Router router, String root, Function<HttpFault, String> faultBody) {
            this.router = router;
            this.root = root;
            this.faultBody = faultBody;
        }

        /**
         * Calls of a method and a path go to a service, on a worker thread, if their callers may ask. It may throw any
         * exception.
         */
        public void serve(HttpMethod method, String path, Consumer<HttpCall> service) {
            route(Role.DATA, method, path, service);
        }

        /** As {@link #serve}, of calls by which something is changed: their callers need the role for orders. */
        public void take(HttpMethod method, String path, Consumer<HttpCall> service) {
            route(Role.CONTROL, method, path, service);
        }

        private void route(Role role, HttpMethod method, String path, Consumer<HttpCall> service) {
            router.route(method, root + path).handler(context -> {
                try {
                    access.require(role, context.request().getHeader("authorization"));
                } catch (CallerFault denied) {
                    // The body is read to its end, so that its caller reads the answer, but nothing of it is kept.
                    context.request()
                            .handler(part -> {})
                            .endHandler(end -> open(context).fail(denied));
                    return;
                }
                BoundedBody.read(
                        context.request(),
                        maxBodyBytes,
                        body -> enter(context, body, service),
                        () -> tooLarge(context));
            });
            router.route(root + path)
                    .handler(context -> open(context)
                            .fail(HttpFault.of(
                                    405,
                                    "METHOD_NOT_ALLOWED",
                                    context.request().method() + " "
                                            + context.request().path() + " does not exist: use " + method)));
        }

        /** Every other path is an error of the same form. To be called last. */
        public void refuseTheRest() {
            router.route(root + "/*")
                    .handler(context -> open(context)
                            .fail(HttpFault.of(
                                    404,
                                    "UNKNOWN_PATH",
                                    context.request().path() + " does not exist: mind the path below " + root)));
        }

        private void enter(RoutingContext context, Buffer body, Consumer<HttpCall> service) {
            Optional<ActiveCalls.Ticket> ticket = calls.enter();
            if (ticket.isEmpty()) {
                // Its client's next connection reaches another replica.
                context.response().putHeader("connection", "close");
                open(context).fail(ActiveCalls.refusal());
                return;
            }
            HttpCall call = new HttpCall(context, body, faultBody, meters, workers);
            call.onEnd(ticket.get()::leave);
            workers.execute(() -> {
                try {
                    service.accept(call);
                } catch (RuntimeException e) {
                    call.fail(e);
                }
            });
        }

        private void tooLarge(RoutingContext context) {
            context.response().putHeader("connection", "close");
            open(context)
                    .fail(HttpFault.of(
                            413,
                            "BODY_TOO_LARGE",
                            "the body must have at most " + maxBodyBytes
                                    + " bytes, which quarkus.grpc.server.max-inbound-message-size sets"));
        }

        private HttpCall open(RoutingContext context) {
            return new HttpCall(context, Buffer.buffer(), faultBody, meters, workers);
        }
    }
}
