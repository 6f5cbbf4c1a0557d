package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Flow;

/** Reads a stream of server-sent events, each of one line of data. */
final class EventLines implements Flow.Subscriber<String> {
    private static final String DATA = "data:";
    private static final String DONE = "[DONE]";

    /** Who is told of the events, on the client's thread. */
    interface Reader {
        void event(JsonNode data);

        /** There will be no more events: the stream has ended, as it should or not. */
        void ended();

        /** There will be no more, since this went wrong. */
        void failed(RuntimeException error);
    }

    private final RemoteCall call;
    private final Reader reader;
    private boolean failed;

    EventLines(RemoteCall call, Reader reader) {
        this.call = call;
        this.reader = reader;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        call.closeBy(subscription::cancel);
        // What can come is bounded by the tokens that were asked for.
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String line) {
        String data = line.startsWith(DATA) ? line.substring(DATA.length()).strip() : "";
        if (failed || data.isEmpty() || data.equals(DONE)) {
            return;
        }
        try {
            reader.event(RemoteServer.parse(data, call.faults().server()));
        } catch (RuntimeException e) {
            failed = true;
            reader.failed(e);
        }
    }

    @Override
    public void onError(Throwable error) {
        reader.failed(call.faults().brokenOff(error.toString()));
    }

    @Override
    public void onComplete() {
        reader.ended();
    }
}
