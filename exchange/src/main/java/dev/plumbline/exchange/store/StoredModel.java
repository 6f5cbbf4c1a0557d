package dev.plumbline.exchange.store;

import dev.plumbline.exchange.ModelVersion;
import java.nio.file.Path;

/**
 * A model version in the store.
 *
 * @param version its name and number
 * @param directory where its files are
 * @param manifest what they are
 * @param manifestSha256 digest of its manifest, as published
 */
public record StoredModel(ModelVersion version, Path directory, Manifest manifest, String manifestSha256) {}
