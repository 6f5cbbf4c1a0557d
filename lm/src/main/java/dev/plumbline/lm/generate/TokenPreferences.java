package dev.plumbline.lm.generate;

import java.util.Map;
import java.util.Set;

/**
 * What a request wants of single tokens.
 *
 * @param bias added to the logits of these ids before everything else
 * @param allowed if not empty, only these ids can be chosen
 */
public record TokenPreferences(Map<Integer, Float> bias, Set<Integer> allowed) {
    /** None. */
    public static final TokenPreferences NONE = new TokenPreferences(Map.of(), Set.of());

    private static final float MOST = 100;

    public TokenPreferences {
        bias = Map.copyOf(bias);
        allowed = Set.copyOf(allowed);
        bias.forEach((id, value) -> {
            if (!(Math.abs(value) <= MOST)) {
                throw new IllegalArgumentException("bias must be in [-100, 100], got " + value + " for id " + id);
            }
        });
    }
}
