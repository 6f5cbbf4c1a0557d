package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.trainer.learn.LearnerCheckpoint;
import dev.plumbline.trainer.model.ModelFacts;
import java.nio.file.Path;

/** The two models that learn: policy and critic. */
record PpoLearners(TrainableModel policy, TrainableModel critic) implements AutoCloseable {
    private static final String POLICY = "policy";
    private static final String CRITIC = "critic";

    /**
     * As they are before the first step.
     *
     * @param criticStart a reward model, or a causal model whose trunk gets a zero head
     */
    static PpoLearners begin(Path policyStart, Path criticStart, ComputeSettings compute) {
        boolean hasHead = ModelFacts.read(criticStart).scores();
        TrainableModel policy = TrainableModel.load(policyStart, compute);
        try {
            return new PpoLearners(
                    policy,
                    hasHead
                            ? TrainableModel.load(criticStart, compute)
                            : TrainableModel.load(criticStart, new Start.ValueHead(), compute));
        } catch (RuntimeException e) {
            policy.close();
            throw e;
        }
    }

    /** As a checkpoint has them. */
    static PpoLearners restore(Path checkpoint, ComputeSettings compute) {
        LearnerCheckpoint savedPolicy = new LearnerCheckpoint(checkpoint, POLICY);
        LearnerCheckpoint savedCritic = new LearnerCheckpoint(checkpoint, CRITIC);
        PpoLearners learners = begin(savedPolicy.weights(), savedCritic.weights(), compute);
        try {
            savedPolicy.restoreMoments(learners.policy);
            savedCritic.restoreMoments(learners.critic);
            return learners;
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
    }

    /** Directory of the policy in a checkpoint, in Hugging Face layout. */
    static Path policyWeights(Path checkpoint) {
        return new LearnerCheckpoint(checkpoint, POLICY).weights();
    }

    void write(Path checkpoint) {
        new LearnerCheckpoint(checkpoint, POLICY).write(policy);
        new LearnerCheckpoint(checkpoint, CRITIC).write(critic);
    }

    @Override
    public void close() {
        policy.close();
        critic.close();
    }
}
