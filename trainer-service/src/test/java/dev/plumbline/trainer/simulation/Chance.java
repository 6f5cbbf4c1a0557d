package dev.plumbline.trainer.simulation;

import java.util.List;
import java.util.Random;

/** All of a schedule's random numbers, and whether things still go wrong. */
final class Chance {
    private final Random random;
    private boolean calm;

    Chance(long seed) {
        random = new Random(seed);
    }

    /** From now on nothing goes wrong any more, so that the schedule comes to an end. */
    void calmDown() {
        calm = true;
    }

    /** Whether a fault happens. */
    boolean fault(double probability) {
        return random.nextDouble() < probability && !calm;
    }

    boolean happens(double probability) {
        return random.nextDouble() < probability;
    }

    /** From 0 to below the bound. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both ends included. */
    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
