package dev.plumbline.lm.generate;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Whether this processor's kernels compute all rows of a shape alike, wherever they stand. Nothing promises that, though
 * those of oneDNN and MKL do; so it is tried with the model before it is relied on.
 */
final class ShapesCheck {
    /** Rows fill whole blocks of products, and a part of one. */
    private static final int MOST_ROWS = 17;

    private static final int MOST_TOKENS = 100;

    private final SlotDecoder decoder;
    private final StepPart part;
    private final int[] ids;
    private final int rows;

    /** @param decoder none of whose slots is in use */
    ShapesCheck(SlotDecoder decoder) {
        this.decoder = decoder;
        this.part = decoder.parts().get(0);
        int length = Math.min(MOST_TOKENS, decoder.layout().capacity());
        this.ids = IntStream.range(0, length)
                .map(i -> (31 * i + 7) % decoder.vocabulary())
                .toArray();
        this.rows = Math.min(MOST_ROWS, decoder.layout().slots(length));
    }

    /**
     * Lets one sequence be continued alone and in many slots at once, after it was read in different parts.
     *
     * @throws IllegalStateException if the log-probabilities differ in any bit
     */
    void require() {
        Set<GeneratedToken> answers = new HashSet<>();
        int end = ids.length - 1;
        for (int length : new int[] {end, end / 2, 9}) {
            for (int from = 0; from < end; from += length) {
                part.input().begin(0);
                part.draws().begin(0);
                part.input().read(0, ids, from, Math.min(length, end - from));
                decoder.step(StepWay.ONE);
            }
            addNext(answers, 1);
            addNext(answers, rows);
        }
        IntStream.range(0, rows).forEach(decoder.memory()::clear);
        if (answers.size() > 1) {
            throw new IllegalStateException(
                    "deterministic generation is not possible on this processor: one prompt has "
                            + answers + " as its next token, depending on how many sequences are computed together; set"
                            + " deterministic to false");
        }
    }

    /** The next token of the sequence in the first slot, in so many slots. */
    private void addNext(Set<GeneratedToken> answers, int slots) {
        int last = ids.length - 1;
        part.input().begin(0);
        part.draws().begin(slots);
        for (int slot = 0; slot < slots; slot++) {
            if (slot > 0) {
                decoder.memory().copy(0, slot, last);
            }
            part.input().run(ids[last], last);
            part.draws().add(Draw.of(0.5, SamplingParameters.plain(1)));
        }
        ChosenTokens chosen = decoder.step(StepWay.ONE).get(0).chosen();
        IntStream.range(0, slots).mapToObj(chosen::token).forEach(answers::add);
    }
}
