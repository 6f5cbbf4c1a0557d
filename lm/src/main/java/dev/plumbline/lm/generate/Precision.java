package dev.plumbline.lm.generate;

/**
 * In which numbers an engine multiplies with the model's weights, or keeps keys and values and multiplies with them. Everything
 * else is float32.
 */
public enum Precision {
    /** As the checkpoint is trained: log-probabilities equal those of the learner within 1e-4. */
    FLOAT32,
    /** Half the memory, and more products a second where the processor multiplies bfloat16 itself. */
    BFLOAT16,
    /** The faster of the two on this machine, by timing one of the model's products, or its attention, while it is loaded. */
    AUTO;

    /** Memory of one number. */
    int bytes() {
        return this == BFLOAT16 ? Short.BYTES : Float.BYTES;
    }
}
