package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.Staging;
import dev.plumbline.trainer.model.Publisher;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A policy, and the critic if there is one, which learn from a run's steps.
 *
 * @param pretraining text that the policy learns from beside
 * @param average of the policy's weights, which changes nothing in how it learns
 */
record PolicyLearner(
        PpoSettings settings,
        PpoLearners learners,
        Optional<PretrainingFeed> pretraining,
        Optional<AveragedPolicy> average)
        implements StepLearner {
    @Override
    public Lesson begin(StepBatch batch, PpoState state) {
        Lesson lesson = new StepLearning(settings, learners, pretraining, batch, state);
        return average.map(taken -> taken.following(lesson)).orElse(lesson);
    }

    @Override
    public void writePolicy(Staging version) {
        Publisher.save(learners.policy(), version);
    }

    @Override
    public void write(Path checkpoint) {
        learners.write(checkpoint);
        average.ifPresent(taken -> taken.write(checkpoint));
    }

    @Override
    public Map<String, Consumer<Staging>> results() {
        Map<String, Consumer<Staging>> results = new HashMap<>();
        average.ifPresent(taken -> results.put(taken.name(), taken::writeModel));
        return results;
    }

    @Override
    public void close() {
        learners.close();
    }
}
