package dev.plumbline.trainer.learn;

import dev.plumbline.rl.batch.Permutation;

/**
 * Which examples each optimizer step takes: pass after pass over the data, each in an order of its own. A function of the
 * seed and the step, so that a resumed run needs no cursor but its step.
 */
public final class ExampleOrder {
    private final int examples;
    private final int batchSize;
    private final long total;
    private final long seed;
    private long epoch = -1;
    private int[] order = new int[0];

    /** @param total how many examples are taken over the whole run; the last step takes what is left */
    private ExampleOrder(int examples, int batchSize, long total, long seed) {
        this.examples = examples;
        this.batchSize = batchSize;
        this.total = total;
        this.seed = seed;
    }

    /** So many passes over the data, possibly a fraction, but at least one example. */
    public static ExampleOrder ofEpochs(double epochs, int examples, int batchSize, long seed) {
        return new ExampleOrder(examples, batchSize, Math.max(1, Math.round(epochs * examples)), seed);
    }

    /** So many full steps. */
    public static ExampleOrder ofSteps(long steps, int examples, int batchSize, long seed) {
        return new ExampleOrder(examples, batchSize, steps * batchSize, seed);
    }

    /** Without end, to be taken in slices. */
    public static ExampleOrder endless(int examples, long seed) {
        return new ExampleOrder(examples, 1, Long.MAX_VALUE, seed);
    }

    /** How many optimizer steps there are. */
    public long steps() {
        return (total + batchSize - 1) / batchSize;
    }

    /** Passes over the data done after so many steps. */
    public double epochsAfter(long steps) {
        return Math.min(total, steps * batchSize) / (double) examples;
    }

    /** Indices of the examples of a step, counted from 0. */
    public int[] batch(long step) {
        long from = step * batchSize;
        int size = (int) Math.min(batchSize, total - from);
        return slice(from, size);
    }

    /** The examples number from .. from + size − 1 of the endless sequence of passes. */
    public int[] slice(long from, int size) {
        int[] batch = new int[size];
        for (int i = 0; i < size; i++) {
            long number = from + i;
            load(number / examples);
            batch[i] = order[(int) (number % examples)];
        }
        return batch;
    }

    private void load(long wanted) {
        if (wanted != epoch) {
            order = Permutation.of(examples, seed, wanted);
            epoch = wanted;
        }
    }
}
