package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.Learned;
import dev.plumbline.lm.Learning;
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
     * @param learning of the policy; all of the critic learns
     */
    static PpoLearners begin(Path policyStart, Path criticStart, Learning learning, ComputeSettings compute) {
        Start start = ModelFacts.read(criticStart).scores() ? new Start.AsStored() : new Start.ValueHead();
        Learning whole = new Learning(new Learned.Everything(), learning.gradients());
        TrainableModel policy = TrainableModel.load(policyStart, new Start.AsStored(), learning, compute);
        try {
            return new PpoLearners(policy, TrainableModel.load(criticStart, start, whole, compute));
        } catch (RuntimeException e) {
            policy.close();
            throw e;
        }
    }

    /**
     * As a checkpoint has them.
     *
     * @param policyStart what the policy was before the first step, which a checkpoint of adapters does not hold
     */
    static PpoLearners restore(Path checkpoint, Path policyStart, Learning learning, ComputeSettings compute) {
        LearnerCheckpoint savedPolicy = new LearnerCheckpoint(checkpoint, POLICY);
        LearnerCheckpoint savedCritic = new LearnerCheckpoint(checkpoint, CRITIC);
        Path policy = learning.learned() instanceof Learned.Adapters ? policyStart : savedPolicy.weights();
        PpoLearners learners = begin(policy, savedCritic.weights(), learning, compute);
        try {
            savedPolicy.restore(learners.policy);
            savedCritic.restore(learners.critic);
            return learners;
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
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
