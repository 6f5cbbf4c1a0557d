package dev.plumbline.rl.kl;

/** How the coefficient β of the KL penalty moves. The present β is the caller's state and belongs in its checkpoint. */
public sealed interface KlControl {
    /** β of the first step. */
    double initial();

    /**
     * β of the next step.
     *
     * @param coefficient β of this step
     * @param klPerSequence the mean over this step's sequences of their summed KL, nats
     * @param sequences how many there were
     */
    double next(double coefficient, double klPerSequence, long sequences);

    /** β stays as it is. */
    record Fixed(double initial) implements KlControl {
        public Fixed {
            requireCoefficient(initial);
        }

        @Override
        public double next(double coefficient, double klPerSequence, long sequences) {
            return coefficient;
        }
    }

    /**
     * β ← β (1 + e n / horizon), e = clip(KL / target − 1, −0.2, 0.2), n the number of sequences (Ziegler et al. 2019,
     * section 2.2).
     *
     * @param target nats per sequence
     * @param horizon sequences
     */
    record Adaptive(double initial, double target, double horizon) implements KlControl {
        private static final double MAX_ERROR = 0.2;

        public Adaptive {
            requireCoefficient(initial);
            if (!(target > 0) || Double.isInfinite(target)) {
                throw new IllegalArgumentException("target must be > 0 nats per sequence, got " + target);
            }
            if (!(horizon > 0)) {
                throw new IllegalArgumentException("horizon must be > 0 sequences, got " + horizon);
            }
        }

        @Override
        public double next(double coefficient, double klPerSequence, long sequences) {
            if (!Double.isFinite(klPerSequence)) {
                throw new IllegalArgumentException("klPerSequence must be finite, got " + klPerSequence);
            }
            double error = Math.max(-MAX_ERROR, Math.min(MAX_ERROR, klPerSequence / target - 1));
            return coefficient * (1 + error * sequences / horizon);
        }
    }

    private static void requireCoefficient(double initial) {
        if (!(initial >= 0) || Double.isInfinite(initial)) {
            throw new IllegalArgumentException("initial must be a KL coefficient >= 0, got " + initial);
        }
    }
}
