package dev.plumbline.exchange;

import com.google.protobuf.Message;

/** A record that is not a message of its topic. */
public record Malformed<M extends Message>(Origin origin, MalformedRecordException cause) implements Fetched<M> {}
