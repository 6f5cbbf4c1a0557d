package dev.plumbline.lm.generate;

/** In which numbers an engine multiplies with the model's weights. Everything else, the cache included, is float32. */
public enum Precision {
    /** As the checkpoint is trained: log-probabilities equal those of the learner within 1e-4. */
    FLOAT32,
    /** Half the memory for weights, and more products a second where the processor multiplies bfloat16 itself. */
    BFLOAT16,
    /** The faster of the two on this machine, by timing one of the model's products while it is loaded. */
    AUTO
}
