package dev.plumbline.trainer.learn;

import dev.plumbline.lm.MicroBatch;

/** How much of what attention computes is there to make sequences equally long; no other computation sees padding. */
public final class Padding {
    /** Name of the figure. */
    public static final String WASTE = "padding/waste";

    private long tokens;
    private long computed;

    /** Notes sequences that are computed together, attention over which is padded to the longest. */
    public void add(MicroBatch microBatch) {
        int[] lengths = Sequences.lengths(microBatch.sequences());
        int longest = 0;
        for (int length : lengths) {
            tokens += length;
            longest = Math.max(longest, length);
        }
        computed += (long) longest * lengths.length;
    }

    /** Share of the computed tokens that were padding, in [0, 1); 0 if there were none. */
    public double waste() {
        return computed == 0 ? 0 : (computed - tokens) / (double) computed;
    }
}
