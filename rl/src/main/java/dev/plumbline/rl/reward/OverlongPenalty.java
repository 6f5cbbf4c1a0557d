package dev.plumbline.rl.reward;

/**
 * What an answer loses for coming near its limit: 0 up to L_max − L_cache tokens, then growing linearly to the whole
 * penalty at L_max (soft overlong punishment, Yu et al. 2025, eq. 13, where the penalty is 1).
 *
 * @param limit L_max, tokens
 * @param buffer L_cache, tokens before the limit, in [1, limit]
 * @param penalty at the limit, ≥ 0
 */
public record OverlongPenalty(int limit, int buffer, double penalty) {
    public OverlongPenalty {
        if (buffer < 1 || buffer > limit) {
            throw new IllegalArgumentException("buffer must be in [1, " + limit + "] tokens, got " + buffer);
        }
        if (!(penalty >= 0) || Double.isInfinite(penalty)) {
            throw new IllegalArgumentException("penalty must be >= 0, got " + penalty);
        }
    }

    /** No answer loses anything. */
    public static OverlongPenalty none() {
        return new OverlongPenalty(1, 1, 0);
    }

    /** The score of an answer of so many tokens, less what it loses. */
    public float score(float score, int tokens) {
        int beyond = Math.min(buffer, Math.max(0, tokens - (limit - buffer)));
        return (float) (score - penalty * beyond / buffer);
    }
}
