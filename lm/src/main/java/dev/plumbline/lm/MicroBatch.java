package dev.plumbline.lm;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences that are computed together. Attention over them is padded to the longest, so that sequences of like length waste
 * least.
 *
 * @param temperature divides the logits, above 0; without meaning for a score head
 * @param seeds one for each sequence, by which a model that learns with dropout draws what it leaves out; empty otherwise. A
 *     prompt that several sequences have is computed for each of them then, since something else is left out of each
 */
public record MicroBatch(List<TokenSequence> sequences, float temperature, List<Long> seeds) {
    /** Without dropout. */
    public MicroBatch(List<TokenSequence> sequences, float temperature) {
        this(sequences, temperature, List.of());
    }

    public MicroBatch {
        sequences = List.copyOf(sequences);
        seeds = List.copyOf(seeds);
        if (!seeds.isEmpty() && seeds.size() != sequences.size()) {
            throw new IllegalArgumentException("seeds must be empty or one for each of the " + sequences.size()
                    + " sequences, got " + seeds.size());
        }
        if (sequences.isEmpty()) {
            throw new IllegalArgumentException("sequences must not be empty");
        }
        if (!(temperature > 0) || Float.isInfinite(temperature)) {
            throw new IllegalArgumentException("temperature must be > 0 and finite, got " + temperature);
        }
    }

    /** Some of the sequences. */
    MicroBatch chosen(List<Integer> members) {
        return new MicroBatch(
                members.stream().map(sequences::get).toList(),
                temperature,
                seeds.isEmpty() ? seeds : members.stream().map(seeds::get).toList());
    }

    /** Per sequence what is equal, as an object, where the prompt needs to be computed only once. */
    List<Object> prompts() {
        return IntStream.range(0, sequences.size())
                .mapToObj(i -> seeds.isEmpty() ? sequences.get(i).prompt() : (Object) i)
                .toList();
    }
}
