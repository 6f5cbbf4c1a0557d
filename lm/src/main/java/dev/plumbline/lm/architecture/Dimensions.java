package dev.plumbline.lm.architecture;

/**
 * The sizes of a decoder.
 *
 * @param vocabulary rows of the token embedding; may exceed the tokenizer's vocabulary
 * @param hidden width of the residual stream
 * @param intermediate width inside the feed-forward part
 * @param layers number of layers
 * @param positions the longest sequence, in tokens
 */
public record Dimensions(int vocabulary, int hidden, int intermediate, int layers, int positions) {
    public Dimensions {
        requirePositive("vocabulary", vocabulary);
        requirePositive("hidden", hidden);
        requirePositive("intermediate", intermediate);
        requirePositive("layers", layers);
        requirePositive("positions", positions);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be >= 1, got " + value);
        }
    }
}
