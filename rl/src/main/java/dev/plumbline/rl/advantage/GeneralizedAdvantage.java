package dev.plumbline.rl.advantage;

import dev.plumbline.rl.TokenMask;

/**
 * Generalized advantage estimation.
 *
 * @param gamma discount γ per token, in [0, 1]
 * @param lambda λ, in [0, 1]: 0 trusts the value function, 1 the rewards
 */
public record GeneralizedAdvantage(double gamma, double lambda) {
    public GeneralizedAdvantage {
        requireShare("gamma", gamma);
        requireShare("lambda", lambda);
    }

    /** The same where every sequence has come to its end: nothing follows it, so V = 0 after its last token. */
    public AdvantageEstimate estimate(float[][] rewards, float[][] values, TokenMask mask) {
        return estimate(rewards, values, new float[mask.rows()], mask);
    }

    /**
     * Â_t = δ_t + γλ Â_{t+1}, δ_t = r_t + γ V_{t+1} − V_t (Schulman et al. 2016, eq. 16). t + 1 is the next token under the
     * mask: tokens outside it (a tool's output between two of the policy's) are as if they were not there.
     *
     * @param rewards r
     * @param values V, read before the token is chosen
     * @param continuations V after the last token of each sequence: 0 where it came to its end, what the critic expects
     *     from there where it was only cut off (Pardo et al. 2018, eq. 3)
     */
    public AdvantageEstimate estimate(float[][] rewards, float[][] values, float[] continuations, TokenMask mask) {
        mask.requireFinite("rewards", rewards);
        mask.requireFinite("values", values);
        requireFinite(continuations, mask.rows());
        float[][] advantages = mask.zeros();
        float[][] returns = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            double nextAdvantage = 0;
            double nextValue = continuations[row];
            for (int t = mask.length(row) - 1; t >= 0; t--) {
                if (mask.includes(row, t)) {
                    double delta = rewards[row][t] + gamma * nextValue - values[row][t];
                    nextAdvantage = delta + gamma * lambda * nextAdvantage;
                    nextValue = values[row][t];
                    advantages[row][t] = (float) nextAdvantage;
                    returns[row][t] = (float) (nextAdvantage + nextValue);
                }
            }
        }
        return new AdvantageEstimate(advantages, returns);
    }

    private static void requireFinite(float[] continuations, int rows) {
        if (continuations.length != rows) {
            throw new IllegalArgumentException(
                    "continuations must have one entry per row (" + rows + "), got " + continuations.length);
        }
        for (int row = 0; row < rows; row++) {
            if (!Float.isFinite(continuations[row])) {
                throw new IllegalArgumentException(
                        "continuations[" + row + "] must be finite, got " + continuations[row]);
            }
        }
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1], got " + value);
        }
    }
}
