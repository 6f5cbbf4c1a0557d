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

    /**
     * Â_t = δ_t + γλ Â_{t+1}, δ_t = r_t + γ V_{t+1} − V_t, with V = 0 after the last token (Schulman et al. 2016, eq. 16).
     * t + 1 is the next token under the mask: tokens outside it (a tool's output between two of the policy's) are as if
     * they were not there.
     *
     * @param rewards r
     * @param values V, read before the token is chosen
     */
    public AdvantageEstimate estimate(float[][] rewards, float[][] values, TokenMask mask) {
        mask.requireFinite("rewards", rewards);
        mask.requireFinite("values", values);
        float[][] advantages = mask.zeros();
        float[][] returns = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            double nextAdvantage = 0;
            double nextValue = 0;
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

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1], got " + value);
        }
    }
}
