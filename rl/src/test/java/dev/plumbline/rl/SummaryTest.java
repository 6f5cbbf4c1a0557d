package dev.plumbline.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class SummaryTest {
    @Test
    void describesNumbersWorkedOutByHand() {
        Summary summary = Summary.of(1, 2, 3, 6);
        assertThat(summary).isEqualTo(new Summary(4, 3, 14, 1, 6));
        assertThat(summary.variance()).isEqualTo(14 / 3.0);
        assertThat(summary.biasedVariance()).isEqualTo(3.5);
        assertThat(summary.meanSquare()).isEqualTo(50 / 4.0);
    }

    @Test
    void looksOnlyUnderTheMask() {
        TokenMask mask = TokenMask.of(new boolean[][] {{true, false}, {false, true}});
        assertThat(Summary.of(new float[][] {{1, 100}, {Float.NaN, 3}}, mask)).isEqualTo(Summary.of(1, 3));
    }

    @Test
    void hasNoMeanOfNothingAndNoVarianceOfOne() {
        assertThat(Summary.of()).isEqualTo(Summary.EMPTY);
        assertThat(Summary.EMPTY.mean()).isNaN();
        assertThat(Summary.EMPTY.biasedVariance()).isNaN();
        assertThat(Summary.of(5).variance()).isNaN();
        assertThat(Summary.of(5).biasedVariance()).isZero();
    }

    @Test
    void ofPartsAddsUpToThatOfTheWhole() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            RunningSummary whole = new RunningSummary();
            Summary sum = Summary.EMPTY;
            for (int part = 0; part < 5; part++) {
                RunningSummary running = new RunningSummary();
                int size = random.nextInt(4);
                for (int i = 0; i < size; i++) {
                    double number = 1000 + random.nextGaussian();
                    running.add(number);
                    whole.add(number);
                }
                sum = sum.plus(running.summary());
            }
            Summary expected = whole.summary();
            assertThat(sum.count()).as("seed %d", seed).isEqualTo(expected.count());
            assertThat(sum.mean()).as("seed %d", seed).isCloseTo(expected.mean(), within(1e-10));
            assertThat(sum.squaredDeviations())
                    .as("seed %d", seed)
                    .isCloseTo(expected.squaredDeviations(), within(1e-9));
            assertThat(sum.min()).as("seed %d", seed).isEqualTo(expected.min());
            assertThat(sum.max()).as("seed %d", seed).isEqualTo(expected.max());
        }
    }

    @Test
    void keepsItsPrecisionFarFromZero() {
        RunningSummary running = new RunningSummary();
        for (int i = 0; i < 1000; i++) {
            running.add(1e6 + i % 2 * 1e-3);
        }
        assertThat(running.summary().biasedVariance()).isCloseTo(2.5e-7, within(1e-12));
    }
}
