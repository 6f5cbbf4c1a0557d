package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.util.Map;

/** A record that could be read. */
public record Incoming<M extends Message>(M message, Origin origin) implements Fetched<M> {

    /** The topic's name. */
    public String topic() {
        return origin.topic();
    }

    /** The record key; empty if it has none. */
    public String key() {
        return origin.key();
    }

    /** The headers as text. */
    public Map<String, String> headers() {
        return origin.headers();
    }
}
