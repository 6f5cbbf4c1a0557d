package dev.plumbline.lm.generate;

/**
 * The distribution that tokens are drawn from: to the logits is added what the request prefers, then what occurred is
 * penalised, then tokens that are not allowed are cut away; softmax(logits / temperature) is cut to the top-k tokens, what
 * is left to its nucleus of probability top-p, what is left to those with at least min-p times the probability of the
 * likeliest, then normalised. This is the order of transformers' {@code generate}.
 *
 * @param temperature divides the logits; 0 takes the likeliest token, and else it is at least {@link #LEAST_TEMPERATURE}
 * @param topK how many tokens are kept; 0 keeps all
 * @param topP the smallest set of likeliest tokens with at least this probability is kept; 1 keeps all
 * @param minP share of the likeliest token's probability that others need; 0 keeps all
 * @param penalties for tokens that have occurred
 * @param preferences for single tokens
 */
public record SamplingParameters(
        float temperature, int topK, float topP, float minP, Penalties penalties, TokenPreferences preferences) {
    /** Divided by less, logits of up to 1e30 are too large for float32. */
    public static final float LEAST_TEMPERATURE = 1e-6f;

    /** Always the likeliest token. */
    public static final SamplingParameters GREEDY = plain(0);

    public SamplingParameters {
        if (!(temperature >= 0) || Float.isInfinite(temperature)) {
            throw new IllegalArgumentException("temperature must be >= 0 and finite, got " + temperature);
        }
        if (temperature > 0 && temperature < LEAST_TEMPERATURE) {
            throw new IllegalArgumentException(
                    "temperature must be 0 or at least " + LEAST_TEMPERATURE + ", got " + temperature);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("topK must be >= 0 (0 keeps all tokens), got " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP must be in (0, 1] (1 keeps all tokens), got " + topP);
        }
        if (!(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("minP must be in [0, 1] (0 keeps all tokens), got " + minP);
        }
    }

    /** Whatever occurred, and without preference for any token. */
    public SamplingParameters(float temperature, int topK, float topP, float minP) {
        this(temperature, topK, topP, minP, Penalties.NONE, TokenPreferences.NONE);
    }

    /** The model's own distribution at a temperature. */
    public static SamplingParameters plain(float temperature) {
        return new SamplingParameters(temperature, 0, 1, 0);
    }

    /** The same with penalties. */
    public SamplingParameters with(Penalties others) {
        return new SamplingParameters(temperature, topK, topP, minP, others, preferences);
    }

    /** The same with preferences. */
    public SamplingParameters with(TokenPreferences others) {
        return new SamplingParameters(temperature, topK, topP, minP, penalties, others);
    }

    /** Whether the likeliest token is always taken. */
    public boolean greedy() {
        return temperature == 0;
    }

    /** Whether unlikely tokens are cut away, so that log-probabilities differ from those of softmax(logits / temperature). */
    public boolean truncates() {
        return topK > 0 || topP < 1 || minP > 0;
    }
}
