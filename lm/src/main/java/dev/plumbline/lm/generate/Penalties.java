package dev.plumbline.lm.generate;

/**
 * What tokens lose for having occurred.
 *
 * @param repetition divides logits > 0 and multiplies logits < 0 of tokens that occur in the prompt or the answer so far;
 *     1 is off (Keskar et al. 2019, eq. in section 4.1, extended to logits < 0 as transformers does)
 * @param frequency subtracted from a token's logit for each time that it occurs in the answer so far; 0 is off
 * @param presence subtracted from the logit of a token that occurs in the answer so far; 0 is off
 */
public record Penalties(float repetition, float frequency, float presence) {
    /** None. */
    public static final Penalties NONE = new Penalties(1, 0, 0);

    private static final float MOST = 2;

    public Penalties {
        if (!(repetition > 0) || Float.isInfinite(repetition)) {
            throw new IllegalArgumentException("repetition must be > 0 and finite (1 is off), got " + repetition);
        }
        requireWithin("frequency", frequency);
        requireWithin("presence", presence);
    }

    private static void requireWithin(String name, float value) {
        if (!(Math.abs(value) <= MOST)) {
            throw new IllegalArgumentException(name + " must be in [-2, 2] (0 is off), got " + value);
        }
    }

    /** Whether tokens of the prompt are penalised. */
    boolean countPrompt() {
        return repetition != 1;
    }

    /** Whether tokens of the answer are penalised. */
    boolean countAnswer() {
        return repetition != 1 || frequency != 0 || presence != 0;
    }
}
