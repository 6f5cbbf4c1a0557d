package dev.plumbline.lm;

import java.util.List;

/**
 * Sequences that are computed together. Attention over them is padded to the longest, so that sequences of like length waste
 * least.
 *
 * @param temperature divides the logits, above 0; without meaning for a score head
 */
public record MicroBatch(List<TokenSequence> sequences, float temperature) {
    public MicroBatch {
        sequences = List.copyOf(sequences);
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException("sequences must not be empty");
        }
        if (!(temperature > 0) || Float.isInfinite(temperature)) {
            throw new IllegalArgumentException("temperature must be > 0 and finite, got " + temperature);
        }
    }
}
