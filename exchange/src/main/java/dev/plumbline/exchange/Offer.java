package dev.plumbline.exchange;

import java.time.Duration;

/** What a responder does with a record it is offered. */
public sealed interface Offer {

    /** It has been taken: its {@link Reply} will be used. */
    record Accepted() implements Offer {}

    /**
     * Later: its partition pauses and the same record is offered again.
     *
     * @param reason for people, shown in the loop's status
     * @param retryAfter how long to wait at most
     */
    record NotNow(String reason, Duration retryAfter) implements Offer {}

    /** Nobody needs an answer: it is committed past. */
    record Passed() implements Offer {}

    /** Taken. */
    static Offer accepted() {
        return new Accepted();
    }

    /** Later. */
    static Offer notNow(String reason, Duration retryAfter) {
        return new NotNow(reason, retryAfter);
    }

    /** Not ours. */
    static Offer passed() {
        return new Passed();
    }
}
