package dev.plumbline.trainer.learn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/** Packs what is computed together, so that memory is bounded and little of it is padding. */
public final class MicroBatches {
    private MicroBatches() {}

    /**
     * The items 0 .. size − 1, the longest first, in groups whose rows times longest row stay within the budget; an item
     * that is larger than the budget is alone. Depends on the sizes only, so that a repetition computes the same sums.
     *
     * @param rows how many sequences an item is
     * @param length tokens of an item's longest sequence
     */
    public static List<int[]> pack(int size, ToIntFunction<Integer> rows, ToIntFunction<Integer> length, int budget) {
        List<Integer> order = IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingInt(length).reversed())
                .toList();
        List<int[]> groups = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        long groupRows = 0;
        int longest = 0;
        for (Integer item : order) {
            long withItem = groupRows + rows.applyAsInt(item);
            if (!group.isEmpty() && withItem * longest > budget) {
                groups.add(toArray(group));
                group.clear();
                withItem = rows.applyAsInt(item);
            }
            if (group.isEmpty()) {
                longest = length.applyAsInt(item);
            }
            group.add(item);
            groupRows = withItem;
        }
        if (!group.isEmpty()) {
            groups.add(toArray(group));
        }
        return groups;
    }

    /** Sequences of these lengths. */
    public static List<int[]> pack(int[] lengths, int budget) {
        return pack(lengths.length, item -> 1, item -> lengths[item], budget);
    }

    private static int[] toArray(List<Integer> items) {
        return items.stream().mapToInt(Integer::intValue).toArray();
    }
}
