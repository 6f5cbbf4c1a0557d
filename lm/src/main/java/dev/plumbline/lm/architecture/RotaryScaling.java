package dev.plumbline.lm.architecture;

/** How rotations are slowed for contexts longer than those of the first training. */
public sealed interface RotaryScaling {
    /** The frequency, in radians per position, that takes the place of the given one. */
    float scale(float frequency);

    /** Not at all. */
    record None() implements RotaryScaling {
        @Override
        public float scale(float frequency) {
            return frequency;
        }
    }

    /**
     * Llama 3.1's rule: waves longer than the original context are slowed by a factor, short ones are kept, and those
     * between the two are interpolated.
     *
     * @param factor how many times slower the longest waves turn
     * @param lowFrequencyFactor waves longer than original / this are slowed in full
     * @param highFrequencyFactor waves shorter than original / this are kept
     * @param originalPositions the context of the first training, in tokens
     */
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
            implements RotaryScaling {
        public Llama3 {
            if (!(factor >= 1)) {
                throw new IllegalArgumentException("factor must be >= 1, got " + factor);
            }
            if (!(highFrequencyFactor > lowFrequencyFactor)) {
                throw new IllegalArgumentException("high_freq_factor must be above low_freq_factor, got "
                        + highFrequencyFactor + " and " + lowFrequencyFactor);
            }
            if (originalPositions < 1) {
                throw new IllegalArgumentException(
                        "original_max_position_embeddings must be >= 1, got " + originalPositions);
            }
        }

        @Override
        public float scale(float frequency) {
            float wavelength = (float) (2 * Math.PI) / frequency;
            if (wavelength < originalPositions / highFrequencyFactor) {
                return frequency;
            }
            float slowed = frequency / (float) factor;
            if (wavelength > originalPositions / lowFrequencyFactor) {
                return slowed;
            }
            float smooth = (float) ((originalPositions / wavelength - lowFrequencyFactor)
                    / (highFrequencyFactor - lowFrequencyFactor));
            return (1 - smooth) * slowed + smooth * frequency;
        }
    }
}
