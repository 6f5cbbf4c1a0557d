package dev.plumbline.rl.loss;

import dev.plumbline.rl.LogRatio;
import dev.plumbline.rl.TokenMask;

/**
 * The clipped surrogate of PPO: p = max(−Â ρ, −Â clip(ρ, 1 − ε_low, 1 + ε_high)), ρ = π/π_old, summed over tokens and
 * divided by N (Schulman et al. 2017, eq. 7; asymmetric ε: Yu et al. 2025). Where Â &lt; 0, the dual clip bounds it:
 * min(p, −Â c) (Ye et al. 2020, eq. 5).
 *
 * @param low ε_low, in (0, 1]
 * @param high ε_high, > 0
 * @param dualClip c > 1; positive infinity for none
 */
public record ClippedPolicyLoss(double low, double high, double dualClip) implements PolicyLoss {
    public ClippedPolicyLoss {
        if (!(low > 0 && low <= 1)) {
            throw new IllegalArgumentException("low must be in (0, 1], got " + low);
        }
        if (!(high > 0)) {
            throw new IllegalArgumentException("high must be > 0, got " + high);
        }
        if (!(dualClip > 1)) {
            throw new IllegalArgumentException("dualClip must be > 1 (infinity for no dual clip), got " + dualClip);
        }
    }

    /** The same ε on both sides, no dual clip. */
    public static ClippedPolicyLoss symmetric(double epsilon) {
        return new ClippedPolicyLoss(epsilon, epsilon, Double.POSITIVE_INFINITY);
    }

    @Override
    public TokenLoss evaluate(float[][] logProbs, PolicyExperience experience, double normalizer) {
        Normalizer.require(normalizer);
        TokenMask mask = experience.mask();
        mask.requireFinite("logProbs", logProbs);
        double sum = 0;
        float[][] derivatives = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    double logRatio = (double) logProbs[row][token] - experience.oldLogProbs()[row][token];
                    double ratio = StrictMath.exp(LogRatio.clamp(logRatio));
                    double advantage = experience.advantages()[row][token];
                    sum += loss(ratio, advantage);
                    double ratioDerivative = ratio * LogRatio.slope(logRatio);
                    derivatives[row][token] = (float) (slope(ratio, advantage) * ratioDerivative / normalizer);
                }
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
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    double logRatio = (double) logProbs[row][token] - experience.oldLogProbs()[row][token];
                    ratios[row][token] = StrictMath.exp(LogRatio.clamp(logRatio));
                }
            }
        }
        return ratios;
    }

    @Override
    public ClippedPolicyLoss surrogate() {
        return this;
    }

    /** Whether clipping the ratio makes the loss larger, so that it stops the gradient. */
    boolean clips(double ratio, double advantage) {
        return -advantage * clip(ratio) > -advantage * ratio;
    }

    /** Whether the dual clip bounds the loss. */
    boolean dualClips(double ratio, double advantage) {
        return advantage < 0 && surrogate(ratio, advantage) > -advantage * dualClip;
    }

    double loss(double ratio, double advantage) {
        double surrogate = surrogate(ratio, advantage);
        return advantage < 0 ? Math.min(surrogate, -advantage * dualClip) : surrogate;
    }

    private double surrogate(double ratio, double advantage) {
        return Math.max(-advantage * ratio, -advantage * clip(ratio));
    }

    private double clip(double ratio) {
        return Math.max(1 - low, Math.min(1 + high, ratio));
    }

    /** dloss/dρ. At a tie of max or min each side counts half; the bounds of the clip still pass it (as in PyTorch). */
    double slope(double ratio, double advantage) {
        double unclipped = -advantage * ratio;
        double clipped = -advantage * clip(ratio);
        double clippedSlope = ratio >= 1 - low && ratio <= 1 + high ? -advantage : 0;
        double slope = LargerOf.slope(unclipped, -advantage, clipped, clippedSlope);
        if (advantage < 0) {
            // min(p, b) = −max(−p, −b), and b does not depend on ρ.
            slope = -LargerOf.slope(-surrogate(ratio, advantage), -slope, advantage * dualClip, 0);
        }
        return slope;
    }
}
