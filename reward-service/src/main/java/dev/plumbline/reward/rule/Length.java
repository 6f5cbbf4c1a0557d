package dev.plumbline.reward.rule;

/**
 * 0 within [minTokens, maxTokens] response tokens, minus one for each token outside.
 *
 * @param minTokens fewest tokens, the EOS included
 * @param maxTokens most tokens
 */
public record Length(int minTokens, int maxTokens) implements Rule {

    public Length {
        if (minTokens < 0 || maxTokens < minTokens) {
            throw new IllegalArgumentException("length must have 0 <= min_tokens <= max_tokens, got min_tokens "
                    + minTokens + ", max_tokens " + maxTokens);
        }
    }

    @Override
    public float value(GivenAnswer answer) {
        int tokens = answer.tokens()
                .orElseThrow(() -> new IllegalArgumentException(
                        "length counts tokens and the answer came as text: send prompt and answer as token ids"));
        return -(Math.max(0, minTokens - tokens) + Math.max(0, tokens - maxTokens));
    }
}
