package dev.plumbline.lm.architecture;

/** How a decoder knows where a token stands. */
public sealed interface Positions {
    /** One learned vector per position, added to the token's embedding. */
    record Learned() implements Positions {}

    /**
     * Queries and keys are rotated by angles proportional to the position (Su et al. 2021).
     *
     * @param base the rotation of pair i of D / 2 turns by base^(-2i / D) per position
     */
    record Rotary(double base, RotaryScaling scaling) implements Positions {
        public Rotary {
            if (!(base > 0)) {
                throw new IllegalArgumentException("base must be > 0, got " + base);
            }
        }

        /** Angles per position of the pairs of a head, in radians, computed in float32 as transformers does. */
        public float[] frequencies(int headDim) {
            float[] frequencies = new float[headDim / 2];
            for (int i = 0; i < frequencies.length; i++) {
                float exponent = 2f * i / headDim;
                frequencies[i] = scaling.scale(1f / (float) Math.pow(base, exponent));
            }
            return frequencies;
        }
    }
}
