package dev.plumbline.trainer.ppo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.plumbline.rl.kl.KlControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a PPO run stands, beside the weights and moments of policy and critic. All random numbers follow from the run's
 * seed and these counts.
 *
 * @param step steps done
 * @param metricsSequence last point of the run's metrics that belongs to them
 * @param updates optimizer steps made
 * @param trained episodes learnt from, each pass counted; also says how much pretraining text was used
 * @param evaluated the last step after which the evaluation is complete; -1 for none
 * @param klCoefficient β of the next step
 * @param lineage step of each policy version "name@version" from which these weights descend
 * @param promptsTopic Kafka's id of the training prompts
 * @param promptFloors by partition, the offset below which the run takes no prompts
 * @param trajectoriesTopic Kafka's id of the trajectories
 * @param trajectoryOffsets by partition, the lowest offset whose step is not finished
 * @param fed the first number of the run's own feed of prompts that no step has admitted
 */
record PpoState(
        long step,
        long metricsSequence,
        long updates,
        long trained,
        long evaluated,
        double klCoefficient,
        Map<String, Long> lineage,
        String promptsTopic,
        Map<Integer, Long> promptFloors,
        String trajectoriesTopic,
        Map<Integer, Long> trajectoryOffsets,
        long fed) {
    private static final String FILE = "checkpoint.json";
    // The same state has the same bytes.
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    PpoState {
        lineage = Map.copyOf(lineage);
        promptFloors = Map.copyOf(promptFloors);
        trajectoryOffsets = Map.copyOf(trajectoryOffsets);
    }

    /** After a step more. */
    PpoState after(StepBatch learnt, StepLearner.Lesson work, KlControl klControl) {
        return new PpoState(
                learnt.step(),
                metricsSequence,
                work.updates(),
                work.trained(),
                evaluated,
                klControl.next(klCoefficient, work.kl(), learnt.episodes().size()),
                lineage,
                promptsTopic,
                promptFloors,
                trajectoriesTopic,
                trajectoryOffsets,
                fed);
    }

    /** After a step's evaluation. */
    PpoState evaluatedAfter(long evaluatedStep) {
        return new PpoState(
                step,
                metricsSequence,
                updates,
                trained,
                evaluatedStep,
                klCoefficient,
                lineage,
                promptsTopic,
                promptFloors,
                trajectoriesTopic,
                trajectoryOffsets,
                fed);
    }

    /** With what a checkpoint has to find again. */
    PpoState at(long sequence, Map<String, Long> versions, Map<Integer, Long> offsets, long nextOfFeed) {
        return new PpoState(
                step,
                sequence,
                updates,
                trained,
                evaluated,
                klCoefficient,
                versions,
                promptsTopic,
                promptFloors,
                trajectoriesTopic,
                offsets,
                nextOfFeed);
    }

    void write(Path directory) throws IOException {
        JSON.writeValue(directory.resolve(FILE).toFile(), this);
    }

    static PpoState read(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            return JSON.readValue(file.toFile(), PpoState.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }
}
