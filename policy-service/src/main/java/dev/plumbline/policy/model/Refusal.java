package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;

/**
 * A version that cannot be served.
 *
 * @param manifestSha256 of what was refused: published anew with other files, it is tried again
 */
public record Refusal(ModelVersion version, String manifestSha256, String message) {}
