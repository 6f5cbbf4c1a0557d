package dev.plumbline.rl.loss;

import dev.plumbline.rl.LogRatio;
import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * The factor w = π_old / μ of decoupled PPO (Hilton et al. 2022; AReaL, Fu et al. 2025) and of truncated importance sampling
 * (Yao et al. 2025), a constant of each token, so that it multiplies the advantage. Cut to a largest value; tokens far beyond
 * the policy that sampled them are left out altogether.
 *
 * @param weights w after the cut, [sequence][token], 0 outside the mask they were made with; not to be modified
 * @param mask tokens that are learnt from
 * @param truncated how many tokens were cut
 * @param tokens how many there were before any was left out
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record BehaviourWeights(float[][] weights, TokenMask mask, long truncated, long tokens) {

    /** Weight 1 everywhere: the sampler was π_old. */
    public static BehaviourWeights neutral(TokenMask mask) {
        float[][] ones = mask.zeros();
        for (float[] row : ones) {
            Arrays.fill(row, 1);
        }
        return new BehaviourWeights(ones, mask, 0, mask.count());
    }

    /**
     * Weights of tokens that another policy than π_old sampled.
     *
     * @param old log π_old, [sequence][token], nats
     * @param behaviour log μ, nats
     * @param mask tokens that could be learnt from
     * @param truncation largest w; positive infinity for no cut
     * @param rejection tokens with a larger w are left out; positive infinity for none
     */
    public static BehaviourWeights of(
            float[][] old, float[][] behaviour, TokenMask mask, double truncation, double rejection) {
        mask.requireFinite("old", old);
        mask.requireFinite("behaviour", behaviour);
        float[][] weights = mask.zeros();
        boolean[][] kept = new boolean[old.length][];
        long truncated = 0;
        for (int row = 0; row < old.length; row++) {
            kept[row] = new boolean[old[row].length];
            for (int t = 0; t < old[row].length; t++) {
                if (mask.includes(row, t)) {
                    double weight = StrictMath.exp(LogRatio.clamp((double) old[row][t] - behaviour[row][t]));
                    kept[row][t] = weight <= rejection;
                    truncated += kept[row][t] && weight > truncation ? 1 : 0;
                    weights[row][t] = (float) Math.min(weight, truncation);
                }
            }
        }
        return new BehaviourWeights(weights, TokenMask.of(kept), truncated, mask.count());
    }

    /** w Â, in the mask's shape. */
    public float[][] times(float[][] advantages) {
        float[][] weighted = new float[advantages.length][];
        for (int row = 0; row < advantages.length; row++) {
            weighted[row] = new float[advantages[row].length];
            for (int t = 0; t < advantages[row].length; t++) {
                weighted[row][t] = weights[row][t] * advantages[row][t];
            }
        }
        return weighted;
    }

    /** Share of tokens cut. */
    public double truncatedShare() {
        return truncated / (double) tokens;
    }

    /** Share of tokens left out. */
    public double rejectedShare() {
        return 1 - mask.count() / (double) tokens;
    }
}
