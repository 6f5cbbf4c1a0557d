package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.BehaviourWeights;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.reward.RewardShaping;
import dev.plumbline.rl.reward.ShapedRewards;
import dev.plumbline.trainer.answers.Episode;
import java.util.List;
import java.util.Optional;

/**
 * What a step's episodes teach: computed once, before the first update of the step.
 *
 * @param sequences of the episodes, in their order
 * @param policy log π_old, advantages, log π_ref and which tokens the policy learns from
 * @param critic which has said what advantages are of; empty where answers are compared with each other
 * @param rewards per token, and what they are made of
 * @param behaviour weights and how many tokens they leave out; neutral where the engine's record is π_old
 */
record StepExperience(
        List<TokenSequence> sequences,
        PolicyExperience policy,
        Optional<CriticLearning> critic,
        ShapedRewards rewards,
        BehaviourWeights behaviour) {

    /**
     * Computes where needed log π_old and values, and advantages.
     *
     * @param step the step they belong to, so that version step − 1 is strictly on-policy
     * @param klCoefficient β
     */
    static StepExperience prepare(
            PpoSettings settings, PpoLearners learners, List<Episode> episodes, long step, double klCoefficient) {
        List<TokenSequence> sequences = episodes.stream().map(Episode::sequence).toList();
        float[][] recorded = episodes.stream().map(Episode::behaviour).toArray(float[][]::new);
        float[][] reference = episodes.stream().map(Episode::reference).toArray(float[][]::new);
        TokenMask all = TokenMask.all(recorded);
        boolean trusted = !settings.recomputes() && episodes.stream().allMatch(episode -> episode.isFrom(step - 1));
        float[][] old = trusted
                ? recorded
                : StepOutputs.of(
                        learners.policy(),
                        sequences,
                        settings.temperature(),
                        settings.microBatchTokens(),
                        Outputs::logProbs);

        float[][] kl = KlEstimator.K1.estimates(old, reference, all);
        ShapedRewards shaped = RewardShaping.shape(
                kl, settings.klInLoss() ? 0 : klCoefficient, settings.scoring().scores(episodes), lastTokens(all));
        Optional<CriticLearning> critic = critic(settings, learners.critic(), episodes, shaped.rewards());
        float[][] advantages = advantages(settings.baseline(), critic, shaped.rewards(), all);
        BehaviourWeights weights = trusted || settings.truncation() == 0
                ? BehaviourWeights.neutral(all)
                : BehaviourWeights.of(old, recorded, all, settings.truncation(), settings.rejection());
        return new StepExperience(
                sequences,
                new PolicyExperience(old, weights.times(advantages), reference, weights.mask()),
                critic,
                shaped,
                weights);
    }

    private static Optional<CriticLearning> critic(
            PpoSettings settings, Optional<TrainableModel> model, List<Episode> episodes, float[][] rewards) {
        return settings.baseline() instanceof Baseline.Critic critic
                ? Optional.of(
                        new CriticLearning(critic, model.orElseThrow(), settings.microBatchTokens(), episodes, rewards))
                : Optional.empty();
    }

    private static float[][] advantages(
            Baseline baseline, Optional<CriticLearning> critic, float[][] rewards, TokenMask all) {
        return baseline instanceof Baseline.Answers answers
                ? answers.advantages().estimate(rewards, all)
                : critic.orElseThrow().advantages();
    }

    /** Values are read before their token is chosen, so an answer's score belongs to its last token. */
    private static int[] lastTokens(TokenMask mask) {
        int[] last = new int[mask.rows()];
        for (int row = 0; row < last.length; row++) {
            last[row] = mask.length(row) - 1;
        }
        return last;
    }
}
