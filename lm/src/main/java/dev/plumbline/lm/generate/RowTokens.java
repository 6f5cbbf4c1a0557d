package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;

/** Pairs of a row and a number, mostly a token's id, on their way to the kernel. Used again for each step. */
final class RowTokens {
    private static final int ROOM = 64;

    private long[] numbers = new long[2 * ROOM];
    private int size;

    void clear() {
        size = 0;
    }

    void add(int row, int number) {
        if (2 * size == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * numbers.length);
        }
        numbers[2 * size] = row;
        numbers[2 * size + 1] = number;
        size++;
    }

    void addAll(int row, Iterable<Integer> ids) {
        ids.forEach(id -> add(row, id));
    }

    int size() {
        return size;
    }

    /** All of several lists, one after the other, [size, 2]. */
    static NDArray tensor(NDManager scope, List<RowTokens> lists) {
        int size = lists.stream().mapToInt(RowTokens::size).sum();
        LongBuffer all = LongBuffer.allocate(2 * size);
        lists.forEach(list -> all.put(list.numbers, 0, 2 * list.size));
        return scope.create(all.array(), new Shape(size, 2));
    }
}
