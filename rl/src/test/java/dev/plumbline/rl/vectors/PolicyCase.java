package dev.plumbline.rl.vectors;

import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.loss.Aggregation;
import dev.plumbline.rl.loss.EntropyBonus;
import dev.plumbline.rl.loss.KlLoss;
import dev.plumbline.rl.loss.PolicyExperience;
import dev.plumbline.rl.loss.PolicyLoss;
import dev.plumbline.rl.loss.PpoEvaluation;
import dev.plumbline.rl.loss.PpoObjective;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What the cases of policy losses have in common. */
final class PolicyCase {
    private PolicyCase() {}

    static PolicyExperience experience(GoldenCase golden) {
        return new PolicyExperience(golden.rows("old_logprobs"), golden.rows("advantages"), golden.mask("mask"));
    }

    /** A loss by itself, without entropy bonus and KL. */
    static PpoEvaluation evaluate(
            PolicyLoss loss, float[][] logProbs, PolicyExperience experience, Aggregation aggregation) {
        return new PpoObjective(loss, new EntropyBonus(0), new KlLoss(KlEstimator.K2, 0))
                .evaluate(logProbs, experience.mask().zeros(), experience, aggregation.normalizers(experience.mask()));
    }

    /** Loss and gradient under the three aggregations. */
    static void expectAggregations(
            GoldenCase golden, PolicyLoss loss, float[][] logProbs, PolicyExperience experience) {
        aggregations(golden)
                .forEach((name, aggregation) ->
                        golden.expect(name, fields(evaluate(loss, logProbs, experience, aggregation))));
    }

    static Map<String, Aggregation> aggregations(GoldenCase golden) {
        return Map.of(
                "token-mean", new Aggregation.TokenMean(),
                "seq-mean-token-mean", new Aggregation.SequenceMean(),
                "seq-mean-token-sum-norm", new Aggregation.FixedLength((int) golden.number("max_len")));
    }

    private static Map<String, Object> fields(PpoEvaluation evaluation) {
        return Map.of("loss", evaluation.loss(), "grad_new_logprobs", evaluation.logProbDerivatives());
    }

    /** A figure of each token alone, to see what a mean over tokens is made of. */
    static float[][] perToken(
            PolicyLoss loss, float[][] logProbs, PolicyExperience experience, ToDoubleFunction<PpoEvaluation> figure) {
        float[][] figures = experience.mask().zeros();
        for (int row = 0; row < figures.length; row++) {
            for (int t = 0; t < figures[row].length; t++) {
                float[][] logProb = {{logProbs[row][t]}};
                PolicyExperience token = new PolicyExperience(
                        new float[][] {{experience.oldLogProbs()[row][t]}},
                        new float[][] {{experience.advantages()[row][t]}},
                        TokenMask.all(1));
                figures[row][t] =
                        (float) figure.applyAsDouble(evaluate(loss, logProb, token, new Aggregation.TokenMean()));
            }
        }
        return figures;
    }
}
