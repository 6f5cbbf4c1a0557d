package dev.plumbline.exchange;

import dev.plumbline.proto.exchange.v1.RecordError;

/** Errors a loop finds by itself. */
final class Errors {

    private Errors() {}

    static RecordError of(String reason, String message) {
        return RecordError.newBuilder().setReason(reason).setMessage(message).build();
    }

    static RecordError of(MalformedRecordException cause) {
        return of(cause.reason(), String.valueOf(cause.getMessage()));
    }

    static RecordError defect(String cause) {
        return of("DEFECT", cause);
    }
}
