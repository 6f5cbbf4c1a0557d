package dev.plumbline.lm.architecture;

/** What is added to the product of a linear map. */
public enum Bias {
    NONE,
    LEARNED,
    /**
     * One number per output, of queries, keys and values side by side, a third each. The keys' third learns nothing: where
     * nothing rotates, a constant that all keys have in common is added to all scores of a query, and no softmax changes.
     * Their gradient is zero; what a backward pass finds instead is rounding, of which AdamW would make whole steps.
     */
    LEARNED_BUT_FOR_KEYS;

    public boolean present() {
        return this != NONE;
    }

    static Bias of(boolean present) {
        return present ? LEARNED : NONE;
    }
}
