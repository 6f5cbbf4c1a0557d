package dev.plumbline.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PermutationTest {
    /** Numbers of a second implementation of SplitMix64, Lemire's bound and Fisher-Yates, in Python. */
    @Test
    void isTheSameOnEveryPlatform() {
        assertThat(Permutation.of(10, 42)).containsExactly(1, 7, 2, 5, 6, 4, 0, 9, 8, 3);
        assertThat(Permutation.of(10, 42, 3, 0)).containsExactly(2, 4, 3, 5, 1, 9, 0, 7, 8, 6);
        assertThat(Permutation.of(10, -7, 1, 2, 3)).containsExactly(0, 2, 8, 5, 6, 9, 7, 1, 4, 3);
    }

    @Test
    void holdsEveryIndexOnce() {
        for (int size = 0; size < 50; size++) {
            int[] sorted = Permutation.of(size, size).clone();
            Arrays.sort(sorted);
            assertThat(sorted).containsExactly(IntStream.range(0, size).toArray());
        }
    }

    @Test
    void differsByPath() {
        int[] first = Permutation.of(20, 1, 1, 2);
        assertThat(Permutation.of(20, 1, 1, 2)).containsExactly(first);
        assertThat(Permutation.of(20, 1, 2, 1)).isNotEqualTo(first);
        assertThat(Permutation.of(20, 1, 1)).isNotEqualTo(first);
        assertThat(Permutation.of(20, 2, 1, 2)).isNotEqualTo(first);
    }

    /** 60,000 seeds, 24 orders: 2,500 each with a standard deviation of 49. */
    @Test
    void takesEachOrderEquallyOften() {
        Map<String, Integer> counts = new HashMap<>();
        for (long seed = 0; seed < 60_000; seed++) {
            counts.merge(Arrays.toString(Permutation.of(4, seed)), 1, Integer::sum);
        }
        assertThat(counts).hasSize(24);
        assertThat(counts.values())
                .allSatisfy(count -> assertThat((double) count).isCloseTo(2500, within(200.0)));
    }

    @Test
    void refusesANegativeSize() {
        assertThatThrownBy(() -> Permutation.of(-1, 0)).hasMessage("size must be >= 0, got -1");
    }
}
