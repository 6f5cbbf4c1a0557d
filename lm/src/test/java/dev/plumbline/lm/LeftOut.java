package dev.plumbline.lm;

import dev.plumbline.lm.random.CounterHash;
import java.util.SplittableRandom;

/**
 * Which elements dropout leaves out, by the generator of the JDK: its n-th number is the hash of seed and n that dropout
 * draws from, 16 bits for each column.
 */
public final class LeftOut {
    private LeftOut() {}

    /**
     * Whether an element is left out.
     *
     * @param branch 2 l for attention and 2 l + 1 for the MLP of layer l
     */
    public static boolean is(double probability, long seed, int position, int width, int branch, int column) {
        long key = number(CounterHash.mix(seed), position);
        int words = (width + 3) / 4;
        long bits = number(key, branch * words + column % words) << (16 * (column / words));
        return (bits >> 48) + 32768 < Math.round(probability * 65536);
    }

    private static long number(long seed, int n) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < n; i++) {
            random.nextLong();
        }
        return random.nextLong();
    }
}
