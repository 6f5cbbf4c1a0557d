package dev.plumbline.lm.generate;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * By what a sequence's logits are changed before its next token is chosen: one entry for each token that is preferred or
 * has occurred, so that most of the vocabulary is never touched. Grows with the answer, and stays empty if nothing asks
 * for changes.
 */
final class LogitChanges {
    /** Of an entry, in the order in which {@code choose.py} applies them: bias, repetition penalty, subtraction. */
    static final int NUMBERS = 3;

    private static final int ROOM = 16;

    private final Penalties penalties;
    private final Map<Integer, Integer> entries = new HashMap<>();
    private int[] ids = new int[ROOM];
    /** How often each occurs in the answer. */
    private int[] counts = new int[ROOM];

    private double[] numbers = new double[NUMBERS * ROOM];

    /** @param promptIds what stands before the answer */
    LogitChanges(SamplingParameters sampling, int[] promptIds) {
        this.penalties = sampling.penalties();
        sampling.preferences().bias().forEach((id, bias) -> set(entry(id), 0, bias));
        if (penalties.countPrompt()) {
            for (int id : promptIds) {
                set(entry(id), 1, penalties.repetition());
            }
        }
    }

    /** The answer has one more token. */
    void accept(int id) {
        if (penalties.countAnswer()) {
            int entry = entry(id);
            counts[entry]++;
            set(entry, 1, penalties.repetition());
            set(entry, 2, (double) penalties.frequency() * counts[entry] + penalties.presence());
        }
    }

    private void set(int entry, int number, double value) {
        numbers[NUMBERS * entry + number] = value;
    }

    /** Where the token's numbers are; a new entry changes nothing yet. */
    private int entry(int id) {
        Integer known = entries.get(id);
        if (known != null) {
            return known;
        }
        int entry = entries.size();
        if (entry == ids.length) {
            ids = Arrays.copyOf(ids, 2 * entry);
            counts = Arrays.copyOf(counts, 2 * entry);
            numbers = Arrays.copyOf(numbers, 2 * NUMBERS * entry);
        }
        entries.put(id, entry);
        ids[entry] = id;
        set(entry, 1, 1);
        return entry;
    }

    int size() {
        return entries.size();
    }

    int id(int entry) {
        return ids[entry];
    }

    /** Copies the {@link #NUMBERS} of every entry. */
    void copyNumbers(double[] target, int start) {
        System.arraycopy(numbers, 0, target, start, NUMBERS * size());
    }
}
