package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MicroBatchesTest {
    @Test
    void theLongestComeFirstAndRowsTimesLongestStayWithinTheBudget() {
        assertThat(asLists(MicroBatches.pack(new int[] {2, 9, 4, 4, 1}, 12)))
                .containsExactly(List.of(1), List.of(2, 3, 0), List.of(4));
    }

    @Test
    void whatIsLargerThanTheBudgetIsAlone() {
        assertThat(asLists(MicroBatches.pack(new int[] {30, 1, 30}, 10)))
                .containsExactly(List.of(0), List.of(2), List.of(1));
    }

    @Test
    void anItemOfSeveralRowsCountsAsMany() {
        int[] rows = {3, 1, 2};
        assertThat(asLists(MicroBatches.pack(3, item -> rows[item], item -> 5, 20)))
                .containsExactly(List.of(0, 1), List.of(2));
    }

    private static List<List<Integer>> asLists(List<int[]> groups) {
        return groups.stream()
                .map(group -> Arrays.stream(group).boxed().toList())
                .toList();
    }
}
