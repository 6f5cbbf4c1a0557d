package dev.plumbline.rl.schedule;

/** The factor by which the peak learning rate is multiplied, by optimizer step. */
public sealed interface Schedule {
    /**
     * The factor of one step.
     *
     * @param step counted from 0, the first update; at and after the schedule's end the factor stays at its last value
     */
    double factor(long step);

    /** Always 1. */
    record Constant() implements Schedule {
        @Override
        public double factor(long step) {
            return 1;
        }
    }

    /**
     * A straight line from 1 to the floor.
     *
     * @param floor the factor at the end, in [0, 1]
     * @param steps after which the floor is reached
     */
    record Linear(double floor, long steps) implements Schedule {
        public Linear {
            requireDecay(floor, steps);
        }

        @Override
        public double factor(long step) {
            return floor + (1 - floor) * (1 - progress(step, steps));
        }
    }

    /**
     * Half a cosine from 1 to the floor (InstructGPT's reward model and SFT: to 0.1).
     *
     * @param floor the factor at the end, in [0, 1]
     * @param steps after which the floor is reached
     */
    record Cosine(double floor, long steps) implements Schedule {
        public Cosine {
            requireDecay(floor, steps);
        }

        @Override
        public double factor(long step) {
            return floor + (1 - floor) * 0.5 * (1 + StrictMath.cos(Math.PI * progress(step, steps)));
        }
    }

    /**
     * A straight line from the start factor to where {@code then} begins, then {@code then} with its own count of steps
     * (InstructGPT's PPO: 10 steps from 0.1, then constant).
     *
     * @param startFactor the factor of the first update relative to the first of {@code then}, in [0, 1]
     * @param steps of warm-up; 0 for none
     */
    record WarmUp(double startFactor, long steps, Schedule then) implements Schedule {
        public WarmUp {
            requireShare("startFactor", startFactor);
            if (steps < 0) {
                throw new IllegalArgumentException("steps of warm-up must be >= 0, got " + steps);
            }
        }

        @Override
        public double factor(long step) {
            if (step >= steps) {
                return then.factor(step - steps);
            }
            return then.factor(0) * (startFactor + (1 - startFactor) * progress(step, steps));
        }
    }

    private static double progress(long step, long steps) {
        if (step < 0) {
            throw new IllegalArgumentException("step must be >= 0, got " + step);
        }
        return Math.min(step, steps) / (double) steps;
    }

    private static void requireDecay(double floor, long steps) {
        requireShare("floor", floor);
        if (steps <= 0) {
            throw new IllegalArgumentException("steps must be > 0, got " + steps);
        }
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1], got " + value);
        }
    }
}
