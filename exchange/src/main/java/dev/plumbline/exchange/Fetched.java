package dev.plumbline.exchange;

import com.google.protobuf.Message;

/** A record as it was read: its message, or why it has none. */
public sealed interface Fetched<M extends Message> permits Incoming, Malformed {

    /** Where it came from. */
    Origin origin();

    /** Its place in the log. */
    default RecordIdentity identity() {
        return origin().identity();
    }
}
