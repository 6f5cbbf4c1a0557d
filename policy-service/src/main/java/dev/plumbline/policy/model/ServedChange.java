package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import java.util.Optional;

/**
 * What an order came to.
 *
 * @param served what is served now
 * @param before what was served before
 */
public record ServedChange(Optional<ModelVersion> served, Optional<ModelVersion> before) {}
