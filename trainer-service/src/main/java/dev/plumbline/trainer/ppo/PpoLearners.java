package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.Learned;
import dev.plumbline.lm.Learning;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.SideBySide;
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
     * @param learning of the policy; all of the critic learns
     */
    static PpoLearners begin(Path policyStart, Optional<Path> criticStart, Learning learning, ComputeSettings compute) {
        TrainableModel policy = TrainableModel.load(policyStart, new Start.AsStored(), learning, compute);
        try {
            return new PpoLearners(policy, criticStart.map(start -> critic(start, learning, compute)));
        } catch (RuntimeException e) {
            policy.close();
            throw e;
        }
    }

    private static TrainableModel critic(Path directory, Learning learning, ComputeSettings compute) {
        Start start = ModelFacts.read(directory).scores() ? new Start.AsStored() : new Start.ValueHead();
        Learning whole = new Learning(new Learned.Everything(), learning.gradients());
        return TrainableModel.load(directory, start, whole, compute);
    }

    /**
     * As a checkpoint has them.
     *
     * @param policyStart what the policy was before the first step, which a checkpoint of adapters does not hold
     * @param hasCritic whether a critic is among them
     */
    static PpoLearners restore(
            Path checkpoint, Path policyStart, boolean hasCritic, Learning learning, ComputeSettings compute) {
        LearnerCheckpoint savedPolicy = new LearnerCheckpoint(checkpoint, POLICY);
        LearnerCheckpoint savedCritic = new LearnerCheckpoint(checkpoint, CRITIC);
        Path policy = learning.learned() instanceof Learned.Adapters ? policyStart : savedPolicy.weights();
        PpoLearners learners =
                begin(policy, hasCritic ? Optional.of(savedCritic.weights()) : Optional.empty(), learning, compute);
        try {
            savedPolicy.restore(learners.policy);
            learners.critic.ifPresent(savedCritic::restore);
            return learners;
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
    }

    /** Directory of a policy that learns as a whole in a checkpoint, in Hugging Face layout. */
    static Path policyWeights(Path checkpoint) {
        return new LearnerCheckpoint(checkpoint, POLICY).weights();
    }

    void write(Path checkpoint) {
        Runnable writePolicy = () -> new LearnerCheckpoint(checkpoint, POLICY).write(policy);
        critic.ifPresentOrElse(
                learnt -> SideBySide.run(
                        policy.settings(), writePolicy, () -> new LearnerCheckpoint(checkpoint, CRITIC).write(learnt)),
                writePolicy);
    }

    @Override
    public void close() {
        policy.close();
        critic.ifPresent(TrainableModel::close);
    }
}
