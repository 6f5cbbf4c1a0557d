package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.Staging;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** What learns from a run's steps: the seam between the course of a run, which is all log and files, and its models. */
interface StepLearner extends AutoCloseable {
    /**
     * Begins to learn a step.
     *
     * @param batch what is learnt of it, in an order that does not depend on when answers arrived, all answers to a prompt
     *     one after the other
     * @param state before the step
     */
    Lesson begin(StepBatch batch, PpoState state);

    /** Writes the policy as it is now as the files of a version. */
    void writePolicy(Staging version);

    /** Writes into a checkpoint's directory what another process needs to learn on as if nothing had happened. */
    void write(Path checkpoint);

    /** Models beside the policy that the end of the run publishes: by their names, what writes their files. */
    default Map<String, Consumer<Staging>> results() {
        return Map.of();
    }

    @Override
    void close();

    /** A step that is being learnt. */
    interface Lesson {
        /** Makes the next update; false if all are made. */
        boolean advance();

        /** Optimizer steps made so far in the run. */
        long updates();

        /** Episodes learnt from so far in the run, each pass counted. */
        long trained();

        /** Mean KL to the reference per sequence, nats. */
        double kl();

        /** What the step showed, by the metrics' names. */
        Map<String, Double> figures();
    }
}
