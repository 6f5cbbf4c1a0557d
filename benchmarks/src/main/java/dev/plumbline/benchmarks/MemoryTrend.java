package dev.plumbline.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Whether a kind of memory goes on growing under load that stays the same. The first third of the readings is for warming up:
 * compilers, caches and allocators take what they need. The medians of the other two are compared, as single readings are noisy.
 *
 * @param name of the memory
 * @param mebibytes readings in equal distances, at least {@value #FEWEST}
 */
record MemoryTrend(String name, List<Double> mebibytes) {
    /** Two in each third, so that there is a middle. */
    static final int FEWEST = 6;

    static final String HEADING = "| MiB, median | middle third | last third | allowed | |\n|---|---|---|---|---|";

    /**
     * What the last third may have more than the middle one: a share for the scatter of allocators, and an amount where there is
     * little memory; 14 MiB of 500. Between the middles of these thirds lie 200 seconds of ten minutes. If the ten versions of S
     * that come and go in that time left their weights behind, there would be 35 MiB more; if each of a thousand requests left
     * 15 kB, as much as is allowed.
     */
    private static final double SHARE = 0.02;

    private static final double AMOUNT = 4;

    MemoryTrend {
        mebibytes = List.copyOf(mebibytes);
        if (mebibytes.size() < FEWEST) {
            throw new IllegalArgumentException(
                    "at least " + FEWEST + " readings of " + name + " show a trend, got " + mebibytes.size());
        }
    }

    double middle() {
        return median(mebibytes.size() / 3, 2 * mebibytes.size() / 3);
    }

    double last() {
        return median(2 * mebibytes.size() / 3, mebibytes.size());
    }

    /** The most that the last third may have. */
    double allowed() {
        return middle() * (1 + SHARE) + AMOUNT;
    }

    boolean grows() {
        return last() > allowed();
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.1f | %s |",
                name,
                middle(),
                last(),
                allowed(),
                grows() ? "**grows**" : "steady");
    }

    private double median(int from, int to) {
        List<Double> sorted = mebibytes.subList(from, to).stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }
}
