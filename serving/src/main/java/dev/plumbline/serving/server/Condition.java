package dev.plumbline.serving.server;

import java.util.Objects;

/**
 * Something a service needs.
 *
 * @param name "model", "kafka"
 * @param met whether it is there
 * @param required whether the service is not ready without it; else its absence is only shown
 * @param detail what is there, or what is missing and what would bring it
 */
public record Condition(String name, boolean met, boolean required, String detail) {
    public Condition {
        Objects.requireNonNull(name);
        Objects.requireNonNull(detail);
    }

    /** Without it no call can be answered. */
    public static Condition required(String name, boolean met, String detail) {
        return new Condition(name, met, true, detail);
    }

    /** Without it calls are still answered. */
    public static Condition informative(String name, boolean met, String detail) {
        return new Condition(name, met, false, detail);
    }

    boolean blocks() {
        return required && !met;
    }
}
