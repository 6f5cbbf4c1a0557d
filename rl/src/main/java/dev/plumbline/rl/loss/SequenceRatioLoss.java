package dev.plumbline.rl.loss;

import dev.plumbline.rl.LogRatio;
import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * The clipped surrogate with one ratio for all tokens of an answer, the geometric mean of theirs:
 * s = exp(1/|y| Σ_t log π/π_old) in place of ρ_t (GSPO, Zheng et al. 2025, eq. 5 to 7), so that an answer is clipped as a
 * whole. Its usual bounds are narrow, 3e-4 and 4e-4. With {@link Aggregation.SequenceMean} and one advantage per answer it
 * is the paper's mean over answers.
 */
public record SequenceRatioLoss(ClippedPolicyLoss surrogate) implements PolicyLoss {
    @Override
    public TokenLoss evaluate(float[][] logProbs, PolicyExperience experience, double normalizer) {
        Normalizer.require(normalizer);
        TokenMask mask = experience.mask();
        mask.requireFinite("logProbs", logProbs);
        double sum = 0;
        float[][] derivatives = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            double logRatio = meanLogRatio(row, logProbs, experience);
            double ratio = StrictMath.exp(LogRatio.clamp(logRatio));
            double slope = 0;
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    double advantage = experience.advantages()[row][token];
                    sum += surrogate.loss(ratio, advantage);
                    slope += surrogate.slope(ratio, advantage);
                }
            }
            // ds/dlog π_t = s/|y|, the same for every token, and each token's loss is of s.
            double derivative = slope * ratio * LogRatio.slope(logRatio) / mask.count(row) / normalizer;
            for (int token = 0; token < mask.length(row); token++) {
                derivatives[row][token] = mask.includes(row, token) ? (float) derivative : 0;
            }
        }
        return new TokenLoss(sum / normalizer, derivatives);
    }

    @Override
    public double[][] ratios(float[][] logProbs, PolicyExperience experience) {
        TokenMask mask = experience.mask();
        double[][] ratios = new double[mask.rows()][];
        for (int row = 0; row < mask.rows(); row++) {
            ratios[row] = new double[mask.length(row)];
            if (mask.count(row) > 0) {
                Arrays.fill(ratios[row], StrictMath.exp(LogRatio.clamp(meanLogRatio(row, logProbs, experience))));
            }
        }
        return ratios;
    }

    /** 1/|y| Σ_t log π/π_old; 0 for a row without tokens. */
    private static double meanLogRatio(int row, float[][] logProbs, PolicyExperience experience) {
        TokenMask mask = experience.mask();
        double sum = 0;
        for (int token = 0; token < mask.length(row); token++) {
            if (mask.includes(row, token)) {
                sum += (double) logProbs[row][token] - experience.oldLogProbs()[row][token];
            }
        }
        return sum / Math.max(1, mask.count(row));
    }
}
