package dev.plumbline.trainer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The trainer's own settings. */
@ConfigMapping(prefix = "plumbline.trainer")
public interface TrainerSettings {
    /** Directory with one directory per run: spec, state, metrics, checkpoints. */
    @WithDefault("target/plumbline/runs")
    Path runs();

    /** Directory of the model versions this trainer publishes. */
    @WithDefault("target/plumbline/store")
    Path store();

    /**
     * How other services reach the published versions: {@code file} where they share this disk, else
     * {@code grpc://host:port} of this trainer.
     */
    @WithDefault("file")
    String advertise();

    /** Name of the deployment; a newer trainer of the same name takes over from an older one. One per topic prefix. */
    @WithDefault("trainer")
    String deployment();

    /** Where data "s3://bucket/..." is read from. */
    S3 s3();

    /** Object storage; credentials come from where Amazon's tools take them. */
    interface S3 {
        /** {@code http://host:port} of a storage that speaks S3 and is not Amazon's. */
        Optional<URI> endpoint();

        /** Of the buckets; by default as Amazon's tools take it, or with an endpoint us-east-1. */
        Optional<String> region();
    }
}
