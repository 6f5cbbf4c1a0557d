package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.Staging;
import dev.plumbline.trainer.answers.Episode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Learns a number from a step's episodes, which depends on every token, version and reward and on the order of all of
 * them, as weights would.
 */
final class StandInLearner implements StepLearner {
    private static final String FILE = "learner";
    private static final int UPDATES = 2;

    private final Runnable alive;
    private final Consumer<LearntStep> learnt;
    private long weights;

    private StandInLearner(long weights, Runnable alive, Consumer<LearntStep> learnt) {
        this.weights = weights;
        this.alive = alive;
        this.learnt = learnt;
    }

    /**
     * As a checkpoint's directory has it, or new.
     *
     * @param alive is called between one change of the disk and the next, and does not return if the process dies there
     * @param learnt is told of every step
     */
    static StandInLearner of(Optional<Path> checkpoint, Runnable alive, Consumer<LearntStep> learnt) {
        try {
            long weights = checkpoint.isPresent()
                    ? Long.parseLong(Files.readString(checkpoint.get().resolve(FILE)))
                    : 1;
            return new StandInLearner(weights, alive, learnt);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Lesson begin(StepBatch batch, PpoState state) {
        return new Count(batch, state);
    }

    @Override
    public void writePolicy(Staging version) {
        write(version.directory().resolve("model.safetensors"), weights);
    }

    @Override
    public void write(Path checkpoint) {
        write(checkpoint.resolve(FILE), weights);
    }

    private void write(Path file, long number) {
        try {
            alive.run();
            Files.writeString(file, Long.toString(number));
            alive.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {}

    private final class Count implements Lesson {
        private final StepBatch batch;
        private long updates;
        private final long trained;
        private int made;

        Count(StepBatch batch, PpoState state) {
            this.batch = batch;
            this.updates = state.updates();
            this.trained = state.trained() + batch.episodes().size();
        }

        @Override
        public boolean advance() {
            if (made == UPDATES) {
                return false;
            }
            made++;
            updates++;
            for (Episode episode : batch.episodes()) {
                weights = mixed(weights, Arrays.hashCode(episode.sequence().ids()));
                weights = mixed(weights, Arrays.hashCode(episode.versions()));
                weights = mixed(weights, Float.floatToIntBits(episode.reward()));
            }
            if (made == UPDATES) {
                learnt.accept(LearntStep.of(batch, weights));
            }
            return true;
        }

        private static long mixed(long state, int value) {
            long mixed = (state ^ value) * 0x9E3779B97F4A7C15L;
            return mixed ^ (mixed >>> 29);
        }

        @Override
        public long updates() {
            return updates;
        }

        @Override
        public long trained() {
            return trained;
        }

        @Override
        public double kl() {
            return (weights >>> 40) / 1e6;
        }

        @Override
        public Map<String, Double> figures() {
            return Map.of("objective/kl", kl());
        }
    }
}
