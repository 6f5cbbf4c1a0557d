package dev.plumbline.policy.remote;

import dev.plumbline.exchange.ModelVersion;
import java.nio.file.Path;

/** Brings versions into the server and knows which it has. Safe for several threads. */
interface WeightUpdate {
    /** What requests to a version call the model, and its answers must. */
    String modelName(ModelVersion version);

    /**
     * Waits until the server can answer by a version.
     *
     * @param directory its checkpoint, in Hugging Face layout
     * @throws dev.plumbline.serving.error.NotNow if that may be so later
     */
    void bring(ModelVersion version, Path directory);

    /** Whether nothing may begin for now, since the weights are about to change. */
    boolean changing();

    /** A request to a version begins; false if the server has it no more. */
    boolean enter(ModelVersion version);

    /** A request that had begun has ended. */
    void leave();
}
