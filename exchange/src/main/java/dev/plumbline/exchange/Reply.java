package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RecordError;

/**
 * What became of an accepted record. One of the methods is called once, from any thread; later calls change nothing.
 */
public interface Reply<O extends Message> {

    /** The answer; the record is done when the broker has acknowledged it. */
    void answer(O message);

    /** The caller's fault: a dead letter with the original bytes and an error record in place of the answer. */
    void reject(RecordError error);

    /** A defect of ours: tried once more, alone, and refused if that fails too. */
    void defect(Throwable cause);

    /** Given back unanswered: offered again, here or to the partition's next owner. */
    void abandon();
}
