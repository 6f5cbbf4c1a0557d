package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.RecordError;
import java.util.Optional;

/** What an {@link ExchangeLoop} does with records; called on the loop's thread only. */
public interface Responder<I extends Message, O extends Message> {

    /**
     * Takes a record, or says why not. Records of a partition come in the order of their offsets; one that was given
     * back or failed comes again later. An exception counts as a defect.
     */
    Offer offer(Incoming<I> record, Reply<O> reply);

    /**
     * The record that stands in place of an answer.
     *
     * @param origin where the refused record was
     * @param message what it said; empty if it could not be read, or if with it the error record is too large
     */
    O errorRecord(Origin origin, Optional<I> message, RecordError error);

    /** The broker has acknowledged the record's answer or error record. */
    default void acknowledged(Incoming<I> record) {}

    /** The record's partition has gone to another owner: work on it can stop, its reply is ignored. */
    default void dropped(Incoming<I> record) {}
}
