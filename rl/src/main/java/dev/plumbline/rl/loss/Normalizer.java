package dev.plumbline.rl.loss;

/**
 * What a loss's sum over tokens is divided by: for a mean per token, the number of tokens under the masks of the
 * <em>whole optimizer step</em>, known before its first micro-batch, so that the split into micro-batches never changes
 * the result. {@link Aggregation} has others.
 */
final class Normalizer {
    private Normalizer() {}

    static void require(double normalizer) {
        if (!(normalizer > 0) || Double.isInfinite(normalizer)) {
            throw new IllegalArgumentException(
                    "normalizer must be the token count of the whole optimizer step, > 0, got " + normalizer);
        }
    }
}
