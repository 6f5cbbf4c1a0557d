package dev.plumbline.exchange;

/** A record's bytes are not a message of its topic. */
public final class MalformedRecordException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    MalformedRecordException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** UPPER_SNAKE and stable: MALFORMED_PROTOBUF, MALFORMED_JSON, UNSUPPORTED_CONTENT_TYPE or NO_VALUE. */
    public String reason() {
        return reason;
    }
}
