package dev.plumbline.trainer.ppo;

import dev.plumbline.rl.TokenMask;
import java.util.Arrays;

/**
 * The factor w = π_old / μ of decoupled PPO (AReaL, arXiv 2505.24298), a constant of each token, so that it multiplies the
 * advantage. Cut to a largest value; tokens far beyond the policy that sampled them are left out altogether.
 *
 * @param weights w after the cut, [sequence][token]
 * @param mask tokens that are learnt from
 * @param truncated how many tokens were cut
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
record BehaviourWeights(float[][] weights, TokenMask mask, long truncated) {

    /** Weight 1 everywhere: the sampler was π_old. */
    static BehaviourWeights neutral(TokenMask all) {
        float[][] ones = all.zeros();
        for (float[] row : ones) {
            Arrays.fill(row, 1);
        }
        return new BehaviourWeights(ones, all, 0);
    }

    /**
     * @param old log π_old, nats
     * @param behaviour log μ, nats
     */
    static BehaviourWeights of(float[][] old, float[][] behaviour, double truncation, double rejection) {
        float[][] weights = new float[old.length][];
        boolean[][] kept = new boolean[old.length][];
        long truncated = 0;
        for (int row = 0; row < old.length; row++) {
            weights[row] = new float[old[row].length];
            kept[row] = new boolean[old[row].length];
            for (int t = 0; t < old[row].length; t++) {
                double weight = StrictMath.exp((double) old[row][t] - behaviour[row][t]);
                kept[row][t] = weight <= rejection;
                truncated += kept[row][t] && weight > truncation ? 1 : 0;
                weights[row][t] = (float) Math.min(weight, truncation);
            }
        }
        return new BehaviourWeights(weights, TokenMask.of(kept), truncated);
    }

    float[][] times(float[][] advantages) {
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
    double truncatedShare() {
        return truncated / (double) tokens();
    }

    /** Share of tokens left out. */
    double rejectedShare() {
        return 1 - mask.count() / (double) tokens();
    }

    private long tokens() {
        long tokens = 0;
        for (float[] row : weights) {
            tokens += row.length;
        }
        return tokens;
    }
}
