package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * Where keys and values lie in the cache. Positions are cut into levels, the first of {@value #FIRST} positions and each
 * further one as long as all before it. A level holds its positions of the first so many slots without gaps, so that what a
 * step attends to is read as one stream; the deeper it is, the fewer slots it may have. A short sequence so takes little
 * memory, and slots that reach into more levels must come before those that reach into fewer.
 *
 * <p>Memory is counted in vectors, the keys or values of one head at one position.
 */
final class CacheLayout {
    /** Short enough to waste little on short sequences, and long enough that most steps read few levels. */
    static final int FIRST = 128;

    /**
     * Positions of the first slots, [layers, 2, slots, heads, length] vectors.
     *
     * @param start its first position
     * @param length how many positions
     * @param slots how many slots have this level
     * @param base its first vector
     * @param side from a head's keys to its values, in vectors
     */
    record Level(int start, int length, int slots, long base, long side) {}

    private final int heads;
    private final int capacity;
    private final List<Level> levels;
    private final long vectors;

    /**
     * The levels that fit into a number of vectors.
     *
     * @param layers of the model
     * @param heads of keys and values
     * @param slots the most sequences
     * @param capacity the most positions of a sequence
     * @param budget vectors for all; 0 for as many as all slots need at their full length
     * @throws IllegalArgumentException if not even one sequence of {@code capacity} fits
     */
    CacheLayout(int layers, int heads, int slots, int capacity, long budget) {
        this.heads = heads;
        this.capacity = capacity;
        long perPosition = 2L * layers * heads;
        List<Integer> lengths = lengths(capacity);
        long positions = budget == 0 ? (long) slots * capacity : budget / perPosition;
        if (positions < capacity) {
            throw new IllegalArgumentException("the cache must hold at least one sequence of " + capacity
                    + " tokens, it holds " + positions + "; give it more memory or shorten the context");
        }
        int[] held = slots(lengths, slots, positions);
        List<Level> found = new ArrayList<>();
        int start = 0;
        long base = 0;
        for (int i = 0; i < held.length; i++) {
            long side = (long) held[i] * heads * lengths.get(i);
            found.add(new Level(start, lengths.get(i), held[i], base, side));
            base += 2L * layers * side;
            start += lengths.get(i);
        }
        this.levels = List.copyOf(found);
        this.vectors = base;
    }

    /** Of each level. They share alike: of one that is twice as long there are half as many, and one at least. */
    private static int[] slots(List<Integer> lengths, int most, long positions) {
        long fits = 0;
        long tooMuch =
                (long) most * lengths.stream().mapToInt(Integer::intValue).sum() + 1;
        while (fits + 1 < tooMuch) {
            long share = (fits + tooMuch) / 2;
            int[] held = slotsOf(lengths, most, share);
            long sum = 0;
            for (int i = 0; i < held.length; i++) {
                sum += (long) held[i] * lengths.get(i);
            }
            if (sum <= positions) {
                fits = share;
            } else {
                tooMuch = share;
            }
        }
        return slotsOf(lengths, most, fits);
    }

    /** With so many positions for each level. */
    private static int[] slotsOf(List<Integer> lengths, int most, long share) {
        int[] held = new int[lengths.size()];
        int above = most;
        for (int i = 0; i < held.length; i++) {
            above = (int) Math.min(above, Math.max(1, share / lengths.get(i)));
            held[i] = above;
        }
        return held;
    }

    private static List<Integer> lengths(int capacity) {
        List<Integer> lengths = new ArrayList<>();
        int covered = 0;
        while (covered < capacity) {
            int length = Math.min(Math.max(FIRST, covered), capacity - covered);
            lengths.add(length);
            covered += length;
        }
        return lengths;
    }

    /** From the first positions to the last. */
    List<Level> levels() {
        return levels;
    }

    /** The most positions of a sequence. */
    int capacity() {
        return capacity;
    }

    /** Vectors of all levels. */
    long vectors() {
        return vectors;
    }

    /** How many levels a sequence of so many tokens reaches into. */
    int depth(int tokens) {
        int depth = 0;
        while (depth < levels.size() && levels.get(depth).start() < tokens) {
            depth++;
        }
        return depth;
    }

    /** How many sequences of so many tokens fit at once. */
    int slots(int tokens) {
        return levels.get(depth(tokens) - 1).slots();
    }

    /** The level that holds a position. */
    Level level(int position) {
        return levels.get(depth(position + 1) - 1);
    }

    /** The vector of the first layer's first key of a position. */
    long cell(int slot, int position) {
        Level level = level(position);
        return level.base() + (long) slot * heads * level.length() + position - level.start();
    }
}
