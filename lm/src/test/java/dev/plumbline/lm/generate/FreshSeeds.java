package dev.plumbline.lm.generate;

import java.util.Random;

/** Seeds that are other ones in every run. */
final class FreshSeeds {
    private FreshSeeds() {}

    /** One that is printed; to see again what came of it, return that one here. */
    static long next() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed + "L");
        return seed;
    }
}
