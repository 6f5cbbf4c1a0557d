package dev.plumbline.lm.generate;

import java.util.Arrays;

/** Keys and values of what sequences began with, kept to be copied instead of computed when a prompt begins alike. */
final class PrefixCache {
    private final PrefixIndex index;
    private final SlotDecoder decoder;
    private long reused;

    PrefixCache(SlotDecoder decoder) {
        this.decoder = decoder;
        this.index = new PrefixIndex(decoder.memory().poolBlocks());
    }

    /** Copies what is known of a prompt into its slot, as far as it need not be computed. */
    void load(Prefill prefill, int slot) {
        int[] places = index.find(prefill.ids(), prefill.skippable() / PrefixIndex.TOKENS);
        decoder.memory().load(slot, 0, places);
        prefill.advance(places.length * PrefixIndex.TOKENS);
        reused += (long) places.length * PrefixIndex.TOKENS;
    }

    /**
     * Keeps the whole blocks of a sequence that are in its slot.
     *
     * @param length how many of its tokens are there
     */
    void store(int[] ids, int length, int slot) {
        int[] added = index.add(ids, length);
        int blocks = Math.min(length / PrefixIndex.TOKENS, decoder.memory().poolBlocks());
        try {
            decoder.memory().store(slot, blocks - added.length, added);
        } catch (RuntimeException e) { // the index knows of blocks that may not be there
            index.clear();
            throw e;
        }
    }

    /**
     * Whether a prompt that has not begun should wait for one that is being read: they have half of it or more in common, and
     * not all of that is known by now.
     */
    boolean pays(Prefill late, Prefill early) {
        int[] ids = late.ids();
        int alike = Arrays.mismatch(ids, early.ids());
        int common = (alike < 0 ? ids.length - 1 : alike) / PrefixIndex.TOKENS;
        return 2 * common * PrefixIndex.TOKENS >= ids.length
                && common <= decoder.memory().poolBlocks()
                && index.find(ids, common).length < common;
    }

    /** Tokens that were copied. */
    long reused() {
        return reused;
    }
}
