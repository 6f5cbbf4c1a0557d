package dev.plumbline.trainer.model;

import dev.plumbline.exchange.ModelVersion;
import java.nio.file.Path;

/** Where a model of a spec is; both are checkpoint directories in Hugging Face layout. */
public sealed interface ModelSource {
    Path directory();

    /** The name in a resolved spec. */
    String name();

    /** A version in this trainer's store. */
    record Published(ModelVersion version, Path directory) implements ModelSource {
        @Override
        public String name() {
            return version.toString();
        }
    }

    /** A directory of the caller's, imported when the run starts. */
    record Unpublished(Path directory) implements ModelSource {
        @Override
        public String name() {
            return directory.toString();
        }
    }
}
