package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.advantage.AdvantageEstimate;
import dev.plumbline.rl.advantage.Whitening;
import dev.plumbline.rl.loss.ValueDiagnostics;
import dev.plumbline.rl.loss.ValueEvaluation;
import dev.plumbline.rl.loss.ValueTargets;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The critic's part in a step: values before the first update, then an update for each mini-batch. */
final class CriticLearning {
    private final Baseline.Critic settings;
    private final TrainableModel critic;
    private final int microBatchTokens;
    private final List<TokenSequence> sequences;
    private final ValueTargets targets;
    private final float[][] advantages;
    private int updates;
    private double loss;
    private double norm;
    private ValueDiagnostics diagnostics = ValueDiagnostics.NONE;

    /** @param rewards per token, for every token of the step's answers */
    CriticLearning(
            Baseline.Critic settings,
            TrainableModel critic,
            int microBatchTokens,
            List<Episode> episodes,
            float[][] rewards) {
        this.settings = settings;
        this.critic = critic;
        this.microBatchTokens = microBatchTokens;
        this.sequences = episodes.stream().map(Episode::sequence).toList();
        TokenMask all = TokenMask.all(rewards);
        float[][] values = StepOutputs.of(critic, sequences, 1, microBatchTokens, Outputs::values);
        AdvantageEstimate estimate = settings.advantage()
                .estimate(
                        settings.whitenRewards() ? Whitening.keepingMean(rewards, all) : rewards,
                        values,
                        continuations(episodes),
                        all);
        targets = new ValueTargets(values, estimate.returns(), all);
        advantages = settings.whitenAdvantages()
                ? Whitening.shiftingMean(estimate.advantages(), all)
                : estimate.advantages();
    }

    /** What the critic expects after the last token of the answers that were cut off, if they are worth that; else 0. */
    private float[] continuations(List<Episode> episodes) {
        float[] continuations = new float[episodes.size()];
        int[] cut = settings.bootstrapsTruncated()
                ? IntStream.range(0, episodes.size())
                        .filter(i -> !episodes.get(i).ended())
                        .toArray()
                : new int[0];
        List<TokenSequence> unfinished = Sequences.select(sequences, cut);
        for (int[] group : MicroBatches.pack(Sequences.lengths(unfinished), microBatchTokens)) {
            float[] last = critic.evaluate(new MicroBatch(Sequences.select(unfinished, group), 1))
                    .scores();
            for (int i = 0; i < group.length; i++) {
                continuations[cut[group[i]]] = last[i];
            }
        }
        return continuations;
    }

    /** Â, [episode][token]. */
    float[][] advantages() {
        return advantages;
    }

    /** @param number optimizer steps made before in the run */
    void update(int[] rows, long number) {
        List<TokenSequence> part = Sequences.select(sequences, rows);
        double tokens = targets.mask().select(rows).count();
        for (int[] group : MicroBatches.pack(Sequences.lengths(part), microBatchTokens)) {
            ValueTargets wanted = targets.select(Sequences.select(rows, group));
            critic.accumulate(new MicroBatch(Sequences.select(part, group), 1), outputs -> {
                DivergenceCheck.requireFinite("the critic's values", outputs.values());
                ValueEvaluation evaluation = settings.loss().evaluate(outputs.values(), wanted, tokens);
                loss += evaluation.loss();
                diagnostics = diagnostics.plus(evaluation.diagnostics());
                return OutputDerivatives.ofValues(evaluation.derivatives());
            });
        }
        norm += critic.step(settings.optimizer().adamW(), settings.optimizer().learningRate(number));
        updates++;
    }

    /** By the metrics' names. */
    Map<String, Double> figures() {
        return Map.of(
                "loss/value_avg", loss / updates,
                "val/clipfrac_avg", diagnostics.clipFraction(),
                "gradient_norm/critic", norm / updates);
    }
}
