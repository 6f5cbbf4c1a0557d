package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.advantage.AdvantageEstimate;
import dev.plumbline.rl.advantage.Whitening;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.ValueTargets;
import dev.plumbline.rl.reward.RewardShaping;
import dev.plumbline.rl.reward.ShapedRewards;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What a step's episodes teach: computed once, before the first update of the step.
 *
 * @param sequences of the episodes, in their order
 * @param policy log π_old, advantages and which tokens the policy learns from
 * @param value V_old and returns, for every token
 * @param rewards per token, and what they are made of
 * @param behaviour weights and how many tokens they leave out; neutral where the engine's record is π_old
 */
record StepExperience(
        List<TokenSequence> sequences,
        PolicyExperience policy,
        ValueTargets value,
        ShapedRewards rewards,
        BehaviourWeights behaviour) {

    /**
     * Computes values, where needed log π_old, and advantages.
     *
     * @param step the step they belong to, so that version step − 1 is strictly on-policy
     * @param klCoefficient β
     */
    static StepExperience prepare(
            PpoSettings settings,
            TrainableModel policy,
            TrainableModel critic,
            List<Episode> episodes,
            long step,
            double klCoefficient) {
        List<TokenSequence> sequences = episodes.stream().map(Episode::sequence).toList();
        float[][] recorded = episodes.stream().map(Episode::behaviour).toArray(float[][]::new);
        float[][] reference = episodes.stream().map(Episode::reference).toArray(float[][]::new);
        TokenMask all = TokenMask.all(recorded);
        boolean trusted = !settings.recomputes() && episodes.stream().allMatch(episode -> episode.isFrom(step - 1));
        float[][] old =
                trusted ? recorded : compute(policy, sequences, settings.temperature(), settings, Outputs::logProbs);
        float[][] values = compute(critic, sequences, 1, settings, Outputs::values);

        float[][] kl = KlEstimator.K1.estimates(old, reference, all);
        ShapedRewards shaped = RewardShaping.shape(kl, klCoefficient, scores(settings, episodes), lastTokens(all));
        float[][] rewards = settings.whitenRewards() ? Whitening.keepingMean(shaped.rewards(), all) : shaped.rewards();
        AdvantageEstimate estimate =
                settings.advantage().estimate(rewards, values, continuations(settings, critic, episodes), all);
        float[][] advantages = settings.whitenAdvantages()
                ? Whitening.shiftingMean(estimate.advantages(), all)
                : estimate.advantages();
        BehaviourWeights weights = trusted || settings.truncation() == 0
                ? BehaviourWeights.neutral(all)
                : BehaviourWeights.of(old, recorded, settings.truncation(), settings.rejection());
        return new StepExperience(
                sequences,
                new PolicyExperience(old, weights.times(advantages), weights.mask()),
                new ValueTargets(values, estimate.returns(), all),
                shaped,
                weights);
    }

    /** What the critic expects after the last token of the answers that were cut off, if they are worth that; else 0. */
    private static float[] continuations(PpoSettings settings, TrainableModel critic, List<Episode> episodes) {
        float[] continuations = new float[episodes.size()];
        int[] cut = settings.bootstrapsTruncated()
                ? IntStream.range(0, episodes.size())
                        .filter(i -> !episodes.get(i).ended())
                        .toArray()
                : new int[0];
        List<TokenSequence> sequences =
                Arrays.stream(cut).mapToObj(i -> episodes.get(i).sequence()).toList();
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), settings.microBatchTokens())) {
            float[] last = critic.evaluate(new MicroBatch(Sequences.select(sequences, group), 1))
                    .scores();
            for (int i = 0; i < group.length; i++) {
                continuations[cut[group[i]]] = last[i];
            }
        }
        return continuations;
    }

    private static float[] scores(PpoSettings settings, List<Episode> episodes) {
        float[] scores = new float[episodes.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = settings.missingEos()
                    .score(episodes.get(i).reward(), episodes.get(i).ended());
        }
        return scores;
    }

    /** Values are read before their token is chosen, so an answer's score belongs to its last token. */
    private static int[] lastTokens(TokenMask mask) {
        int[] last = new int[mask.rows()];
        for (int row = 0; row < last.length; row++) {
            last[row] = mask.length(row) - 1;
        }
        return last;
    }

    private static float[][] compute(
            TrainableModel model,
            List<TokenSequence> sequences,
            float temperature,
            PpoSettings settings,
            Function<Outputs, float[][]> output) {
        float[][] computed = new float[sequences.size()][];
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), settings.microBatchTokens())) {
            float[][] rows =
                    output.apply(model.evaluate(new MicroBatch(Sequences.select(sequences, group), temperature)));
            for (int i = 0; i < group.length; i++) {
                computed[group[i]] = rows[i];
            }
        }
        return DivergenceCheck.requireFinite("the outputs of policy or critic", computed);
    }
}
