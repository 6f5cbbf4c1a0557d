package dev.plumbline.serving.server;

/**
 * How callers come in, and what is closed behind them at the end.
 *
 * @param health what they ask before they come
 * @param connections what they come over
 * @param calls what they ask for
 */
record Entrance(ServiceHealth health, Connections connections, ActiveCalls calls) {}
