package dev.plumbline.trainer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
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

    Mlflow mlflow();

    /** Copies of the runs on an MLflow server. */
    interface Mlflow {
        /** The server's address, such as {@code http://mlflow:5000}. Default: no copies. */
        Optional<String> trackingUri();

        /** Name of the experiment that the runs are put in; made if it is missing. */
        @WithDefault("plumbline")
        String experiment();
    }
}
