package dev.plumbline.trainer.model;

import dev.plumbline.exchange.store.Manifest;
import dev.plumbline.exchange.store.ModelFile;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.trainer.run.UnwritableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/** SHA-256 of a model's weights, as the manifest of a version has it. */
public final class WeightsDigest {
    private static final String FILE = "model.safetensors";

    private WeightsDigest() {}

    /**
     * Of weights that are not published; they are written to the store's disk, and removed again.
     *
     * @param model writes its files
     */
    public static String of(Consumer<Staging> model, Publisher publisher, String name) {
        try (Staging staging = publisher.store().begin(name)) {
            model.accept(staging);
            return of(Manifest.of(staging.directory(), ModelOrigin.imported()));
        } catch (IOException | UncheckedIOException e) {
            throw new UnwritableException(
                    "what is compared with versions of " + name,
                    publisher.store().root(),
                    0,
                    e);
        }
    }

    /** As a version's manifest has it. */
    public static String of(Manifest manifest) {
        return manifest.files().stream()
                .filter(file -> file.path().equals(FILE))
                .map(ModelFile::sha256)
                .findFirst()
                .orElse("");
    }
}
