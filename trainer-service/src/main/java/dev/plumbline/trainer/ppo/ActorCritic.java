package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.Staging;
import dev.plumbline.trainer.model.Publisher;
import java.nio.file.Path;
import java.util.Optional;

/** A policy that learns from a critic's judgement of its steps, and perhaps from pretraining text beside. */
record ActorCritic(PpoSettings settings, PpoLearners learners, Optional<PretrainingFeed> pretraining)
        implements StepLearner {
    @Override
    public Lesson begin(StepBatch batch, PpoState state) {
        return new StepLearning(
                settings,
                learners.policy(),
                learners.critic(),
                pretraining,
                batch.episodes(),
                batch.step(),
                state.klCoefficient(),
                state.updates(),
                state.trained());
    }

    @Override
    public void writePolicy(Staging version) {
        Publisher.save(learners.policy(), version);
    }

    @Override
    public void write(Path checkpoint) {
        learners.write(checkpoint);
    }

    @Override
    public void close() {
        learners.close();
    }
}
