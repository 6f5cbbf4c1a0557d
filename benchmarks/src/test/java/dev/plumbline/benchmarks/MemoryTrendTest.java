package dev.plumbline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MemoryTrendTest {
    private static final int READINGS = 60;

    @Test
    void warmingUpAndSingleReadingsAreNoGrowth() {
        MemoryTrend trend = trend(i -> 500 - 200 * Math.exp(-i / 5.0) + (i % 7 == 0 ? 100 : 0));

        assertThat(trend.grows()).isFalse();
        assertThat(trend.row()).contains("steady");
    }

    @Test
    void memoryThatGoesOnGrowingIsFound() {
        MemoryTrend trend = trend(i -> 500 + i);

        assertThat(trend.middle()).isCloseTo(529.5, within(1e-9));
        assertThat(trend.last()).isCloseTo(549.5, within(1e-9));
        assertThat(trend.allowed()).isCloseTo(529.5 * 1.02 + 4, within(1e-9));
        assertThat(trend.grows()).isTrue();
        assertThat(trend.row()).isEqualTo("| resident | 529.5 | 549.5 | 544.1 | **grows** |");
    }

    @Test
    void aShareOfLittleMemoryWouldBeNothingSoAnAmountIsAllowed() {
        assertThat(trend(i -> i < 40 ? 10 : 14).grows()).isFalse();
        assertThat(trend(i -> i < 40 ? 10 : 14.3).grows()).isTrue();
    }

    @Test
    void fewReadingsShowNoTrend() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryTrend("heap", List.of(1.0, 2.0)))
                .withMessage("at least 6 readings of heap show a trend, got 2");
    }

    private static MemoryTrend trend(IntToDoubleFunction reading) {
        return new MemoryTrend(
                "resident",
                IntStream.range(0, READINGS).mapToDouble(reading).boxed().toList());
    }
}
