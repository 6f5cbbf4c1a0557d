package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class BatchStandardizationTest {
    @Test
    void givesTheTokensOfAStepMeanZeroAndVarianceOne() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            if (batch.mask().count() < 2) {
                return;
            }
            Summary moments = Summary.of(BatchStandardization.standardize(batch.normal(3), batch.mask()), batch.mask());
            assertThat(moments.mean()).as(batch.toString()).isCloseTo(0, within(1e-6));
            assertThat(moments.biasedVariance()).as(batch.toString()).isCloseTo(1, within(1e-5));
        });
    }

    @Test
    void makesNothingOfNoise() {
        TokenMask mask = TokenMask.all(2, 1);
        float[][] almostEqual = {{1, 1}, {1.0000001f}};
        Summary moments = Summary.of(BatchStandardization.standardize(almostEqual, mask), mask);
        assertThat(moments.max() - moments.min()).isBetween(0.0, 0.01);
    }

    @Test
    void isZeroOutsideTheMask() {
        TokenMask mask = TokenMask.of(new boolean[][] {{true, false}, {true}});
        float[][] standardized = BatchStandardization.standardize(new float[][] {{1, Float.NaN}, {3}}, mask);
        assertThat(standardized).isDeepEqualTo(new float[][] {{-1, 0}, {1}});
    }
}
