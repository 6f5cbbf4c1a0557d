package dev.plumbline.serving.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plumbline.serving.error.HttpFault;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.TraceId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One call over HTTP: read whole, answered either whole or by server-sent events. To be answered from any thread; what is
 * sent after the end, or to a caller that went away, is dropped.
 */
public final class HttpCall {
    private static final Logger LOG = Logger.getLogger(HttpCall.class);

    private final RoutingContext context;
    private final Buffer body;
    private final HttpServerResponse response;
    private final Function<HttpFault, String> faultBody;
    private final ServingMeters meters;
    private final Outbox outbox;
    /** Under which a defect is found in the log; the caller gets it as {@code x-request-id}. */
    private final String traceId;

    private final List<Runnable> onEnd = new ArrayList<>();
    // Guarded by this, as is the list.
    private boolean ended;
    private boolean gone;

    HttpCall(
            RoutingContext context,
            Buffer body,
            Function<HttpFault, String> faultBody,
            ServingMeters meters,
            Executor workers) {
        this.context = context;
        this.body = body;
        this.response = context.response();
        this.faultBody = faultBody;
        this.meters = meters;
        this.outbox = new Outbox(workers);
        this.traceId = TraceId.of(context.request().getHeader("traceparent"));
        response.putHeader("x-request-id", traceId);
        context.addEndHandler(end -> ended(end.failed()));
    }

    /** The body; empty if there is none. */
    public byte[] body() {
        return body.getBytes();
    }

    /** A parameter of the path. */
    public String pathParameter(String name) {
        return context.pathParam(name);
    }

    /** A parameter behind the path, the first of its name; empty if there is none. */
    public Optional<String> queryParameter(String name) {
        return Optional.ofNullable(context.request().getParam(name));
    }

    /** Whether the caller went away before the end. */
    synchronized boolean isGone() {
        return gone;
    }

    /** What to do at the end, however it comes; at once if it has. */
    public void onEnd(Runnable action) {
        synchronized (this) {
            if (!ended) {
                onEnd.add(action);
                return;
            }
        }
        action.run();
    }

    private void ended(boolean early) {
        List<Runnable> actions;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            gone = early;
            actions = List.copyOf(onEnd);
        }
        actions.forEach(Runnable::run);
    }

    /** Answers whole. The JSON is made on a worker thread. */
    public void answer(Supplier<String> json) {
        add(() -> response.putHeader("content-type", "application/json").end(Buffer.buffer(json.get(), UTF_8.name())));
    }

    /** Whether the caller keeps up: all events so far have left. */
    public boolean isReady() {
        return outbox.isEmpty();
    }

    /** Called, from another thread, each time that the caller is ready for more events. */
    public void whenReady(Runnable listener) {
        outbox.whenEmpty(listener);
    }

    /** Sends some events. Their data are made on a worker thread, in the order of the calls; they may be none. */
    public void events(Supplier<List<String>> data) {
        add(() -> {
            List<String> events = data.get();
            return events.isEmpty() ? Future.succeededFuture() : stream().write(eventText(events));
        });
    }

    /** Ends a stream of events with some last ones. */
    public void endEvents(Supplier<List<String>> data) {
        add(() -> stream().end(eventText(data.get())));
    }

    private HttpServerResponse stream() {
        if (!response.headWritten()) {
            response.putHeader("content-type", "text/event-stream; charset=utf-8")
                    .putHeader("cache-control", "no-cache")
                    .putHeader("x-accel-buffering", "no")
                    .setChunked(true);
        }
        return response;
    }

    private static Buffer eventText(List<String> data) {
        StringBuilder text = new StringBuilder();
        data.forEach(one -> text.append("data: ").append(one).append("\n\n"));
        return Buffer.buffer(text.toString(), UTF_8.name());
    }

    /** Ends with an error: its status if nothing was sent yet, else as the last event. */
    public void fail(Throwable error) {
        if (isGone()) {
            // What breaks after the caller left breaks because of that.
            return;
        }
        HttpFault fault = HttpFault.of(error, traceId);
        if (fault.isDefect()) {
            LOG.errorf(
                    error,
                    "%s %s failed, trace id %s",
                    context.request().method(),
                    context.request().path(),
                    traceId);
        }
        fail(fault);
    }

    void fail(HttpFault fault) {
        meters.rejected(fault.reason());
        add(() -> {
            String body = faultBody.apply(fault);
            if (response.headWritten()) {
                return response.end(eventText(List.of(body)));
            }
            fault.retryAfter().ifPresent(this::retryAfter);
            if (fault.status() == HttpFault.UNAUTHORIZED) {
                response.putHeader("www-authenticate", "Bearer");
            }
            return response.setStatusCode(fault.status())
                    .putHeader("content-type", "application/json")
                    .end(Buffer.buffer(body, UTF_8.name()));
        });
    }

    /** RFC 9110 has seconds only; clients that know better read the milliseconds. */
    private void retryAfter(Duration delay) {
        long seconds = delay.toSeconds() + (delay.toNanosPart() > 0 ? 1 : 0);
        response.putHeader("retry-after", Long.toString(seconds))
                .putHeader("retry-after-ms", Long.toString(delay.toMillis()));
    }

    private void add(Outbox.Piece piece) {
        outbox.add(() -> {
            if (response.ended() || response.closed()) {
                return Future.failedFuture("the call has ended");
            }
            try {
                return piece.send();
            } catch (RuntimeException e) {
                fail(e);
                return Future.succeededFuture();
            }
        });
    }
}
