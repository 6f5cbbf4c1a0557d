package dev.plumbline.rl.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MiniBatchesTest {
    @Test
    void cutTheShuffledOrderAndLeaveTheRestToTheLast() {
        List<int[]> miniBatches = MiniBatches.of(10, 4, 42, 3, 0);
        assertThat(miniBatches.stream().map(miniBatch -> miniBatch.length)).containsExactly(4, 4, 2);
        assertThat(miniBatches.stream().flatMapToInt(IntStream::of).toArray())
                .containsExactly(Permutation.of(10, 42, 3, 0));
    }

    @Test
    void areOneIfTheSizeSuffices() {
        assertThat(MiniBatches.of(3, Integer.MAX_VALUE, 1)).hasSize(1);
        assertThat(MiniBatches.of(0, 8, 1)).isEmpty();
    }

    @Test
    void refuseASizeOfNothing() {
        assertThatThrownBy(() -> MiniBatches.of(3, 0, 1)).hasMessage("miniBatchSize must be > 0, got 0");
    }
}
