package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RecordError;

/**
 * A record on its way to the broker.
 *
 * @param about the record it is written for
 * @param kind what it is
 * @param error what it reports; without reason for an answer
 */
record Letter<I extends Message>(OpenRecord<I> about, Kind kind, RecordError error) {

    enum Kind {
        ANSWER,
        ERROR_RECORD,
        /** Without the message it is about, which was too large. */
        BARE_ERROR_RECORD,
        DEAD_LETTER,
        /** Without the original bytes, which were too many. */
        BARE_DEAD_LETTER
    }
}
