package dev.plumbline.example.quickstart;

import java.util.List;
import java.util.Random;

/** Draws from lists. */
final class Choice {
    private Choice() {}

    static <T> T from(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    static boolean with(double probability, Random random) {
        return random.nextDouble() < probability;
    }
}
