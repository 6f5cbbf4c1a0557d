package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.trainer.learn.LearnerCheckpoint;
import dev.plumbline.trainer.model.ModelFacts;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The models that learn.
 *
 * @param critic empty where advantages need none
 */
record PpoLearners(TrainableModel policy, Optional<TrainableModel> critic) implements AutoCloseable {
    private static final String POLICY = "policy";
    private static final String CRITIC = "critic";

    /**
     * As they are before the first step.
     *
     * @param criticStart a reward model, or a causal model whose trunk gets a zero head; empty for no critic
     */
    static PpoLearners begin(Path policyStart, Optional<Path> criticStart, ComputeSettings compute) {
        TrainableModel policy = TrainableModel.load(policyStart, compute);
        try {
            return new PpoLearners(policy, criticStart.map(start -> critic(start, compute)));
        } catch (RuntimeException e) {
            policy.close();
            throw e;
        }
    }

    private static TrainableModel critic(Path start, ComputeSettings compute) {
        return ModelFacts.read(start).scores()
                ? TrainableModel.load(start, compute)
                : TrainableModel.load(start, new Start.ValueHead(), compute);
    }

    /**
     * As a checkpoint has them.
     *
     * @param hasCritic whether a critic is among them
     */
    static PpoLearners restore(Path checkpoint, boolean hasCritic, ComputeSettings compute) {
        LearnerCheckpoint savedPolicy = new LearnerCheckpoint(checkpoint, POLICY);
        LearnerCheckpoint savedCritic = new LearnerCheckpoint(checkpoint, CRITIC);
        PpoLearners learners = begin(
                savedPolicy.weights(), hasCritic ? Optional.of(savedCritic.weights()) : Optional.empty(), compute);
        try {
            savedPolicy.restoreMoments(learners.policy);
            learners.critic.ifPresent(savedCritic::restoreMoments);
            return learners;
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
    }

    void write(Path checkpoint) {
        new LearnerCheckpoint(checkpoint, POLICY).write(policy);
        critic.ifPresent(new LearnerCheckpoint(checkpoint, CRITIC)::write);
    }

    @Override
    public void close() {
        policy.close();
        critic.ifPresent(TrainableModel::close);
    }
}
