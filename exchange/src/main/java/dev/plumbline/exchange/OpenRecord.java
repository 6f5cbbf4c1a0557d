package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A record a loop has fetched and not yet done with. Only the loop's thread touches it. */
final class OpenRecord<I extends Message> {

    final Lane<I> lane;
    final ConsumerRecord<byte[], byte[]> raw;
    final Fetched<I> fetched;

    /** The attempt under way; older ones have nothing to say any more. */
    int attempt;
    /** Whether the responder works on it. */
    boolean inHand;
    /** Records written for it that the broker has not acknowledged. */
    int unacknowledged;
    /** Why it was refused; empty for an answer. */
    String refusedFor = "";
    /** When it may be tried again. */
    Instant notBefore = Instant.MIN;

    OpenRecord(Lane<I> lane, ConsumerRecord<byte[], byte[]> raw, Fetched<I> fetched) {
        this.lane = lane;
        this.raw = raw;
        this.fetched = fetched;
    }

    long offset() {
        return raw.offset();
    }

    RecordIdentity identity() {
        return fetched.identity();
    }

    Optional<Incoming<I>> incoming() {
        return fetched instanceof Incoming<I> readable ? Optional.of(readable) : Optional.empty();
    }
}
