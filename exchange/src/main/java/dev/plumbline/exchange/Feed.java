package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A topic of one partition and what its records are applied to.
 *
 * @param topic one of models, runs, steps
 * @param apply gets every record's key and message in order; a tombstone has no message
 */
public record Feed<M extends Message>(Topic<M> topic, BiConsumer<String, Optional<M>> apply) {}
