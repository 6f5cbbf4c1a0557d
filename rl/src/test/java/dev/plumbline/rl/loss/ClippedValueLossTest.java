package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class ClippedValueLossTest {
    private static final ClippedValueLoss LOSS = new ClippedValueLoss(0.25);

    @Test
    void isHalfTheSquaredErrorWhileTheValueIsInside() {
        ValueEvaluation evaluation = oneToken(LOSS, 0.25f, 0, 2);
        assertThat(evaluation.loss()).isCloseTo(1.75 * 1.75 / 2, within(1e-12));
        assertThat(evaluation.derivatives()).isDeepEqualTo(new float[][] {{-1.75f}});
        assertThat(evaluation.diagnostics()).isEqualTo(new ValueDiagnostics(1, 0));
    }

    @Test
    void stopsTheGradientWhereTheValueHasGoneFarEnough() {
        ValueEvaluation evaluation = oneToken(LOSS, 1, 0, 2);
        assertThat(evaluation.loss()).isCloseTo(1.75 * 1.75 / 2, within(1e-12));
        assertThat(evaluation.derivatives()).isDeepEqualTo(new float[][] {{0}});
        assertThat(evaluation.diagnostics().clipFraction()).isEqualTo(1);
    }

    @Test
    void keepsTheGradientThatLeadsBack() {
        ValueEvaluation evaluation = oneToken(LOSS, -3, 0, 2);
        assertThat(evaluation.derivatives()).isDeepEqualTo(new float[][] {{-5}});
        assertThat(evaluation.diagnostics().clipFraction()).isZero();
    }

    @Test
    void halvesTheGradientWhereBothErrorsAreEqual() {
        assertThat(oneToken(LOSS, 0.75f, 0, 0.5f).derivatives()).isDeepEqualTo(new float[][] {{0.125f}});
    }

    @Test
    void isPlainWithoutAClip() {
        ValueEvaluation evaluation = oneToken(new ClippedValueLoss(Double.POSITIVE_INFINITY), 100, 0, 2);
        assertThat(evaluation.loss()).isEqualTo(98 * 98 / 2.0);
        assertThat(evaluation.derivatives()).isDeepEqualTo(new float[][] {{98}});
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferences() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] values = batch.normal(1);
            float[][] returns = batch.normal(1);
            float[][] oldValues = batch.normal(1);
            for (int row = 0; row < values.length; row++) {
                for (int token = 0; token < values[row].length; token++) {
                    while (nearKink(values[row][token], oldValues[row][token], returns[row][token])) {
                        oldValues[row][token] = batch.uniform(-1, 1);
                    }
                }
            }
            ValueTargets targets = new ValueTargets(oldValues, returns, batch.mask());
            FiniteDifferences.require(
                    batch.toString(),
                    values,
                    LOSS.evaluate(values, targets, 2).derivatives(),
                    moved -> LOSS.evaluate(moved, targets, 2).loss());
        });
    }

    /** At the edge of the clip, or with the same error clipped and unclipped on opposite sides of the return. */
    private static boolean nearKink(double value, double oldValue, double target) {
        double distance = Math.abs(value - oldValue) - LOSS.clip();
        double clipped = Math.max(oldValue - LOSS.clip(), Math.min(oldValue + LOSS.clip(), value));
        double errorGap = Math.abs(value - target) - Math.abs(clipped - target);
        return Math.abs(distance) < 0.005 || (distance > 0 && Math.abs(errorGap) < 0.005);
    }

    @Test
    void ofMicroBatchesAddsUpToThatOfTheBatch() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] values = batch.normal(1);
            ValueTargets targets = new ValueTargets(batch.normal(1), batch.normal(1), batch.mask());
            int tokens = batch.mask().count();
            ValueEvaluation whole = LOSS.evaluate(values, targets, tokens);
            ValueDiagnostics sum = ValueDiagnostics.NONE;
            double loss = 0;
            for (int row = 0; row < values.length; row++) {
                ValueEvaluation share = LOSS.evaluate(new float[][] {values[row]}, targets.select(row), tokens);
                assertThat(share.derivatives()[0]).as(batch.toString()).containsExactly(whole.derivatives()[row]);
                loss += share.loss();
                sum = sum.plus(share.diagnostics());
            }
            assertThat(loss).as(batch.toString()).isCloseTo(whole.loss(), within(1e-12));
            assertThat(sum).as(batch.toString()).isEqualTo(whole.diagnostics());
        });
    }

    @Test
    void refusesWhatDoesNotFit() {
        float[][] one = {{0}};
        assertThatThrownBy(() -> new ClippedValueLoss(0))
                .hasMessage("clip must be > 0 (infinity for no clipping), got 0.0");
        assertThatThrownBy(() -> new ValueTargets(one, new float[][] {{Float.NaN}}, TokenMask.all(1)))
                .hasMessage("returns[0][0] must be finite, got NaN");
        ValueTargets targets = new ValueTargets(one, one, TokenMask.all(1));
        assertThatThrownBy(() -> LOSS.evaluate(new float[][] {{Float.NaN}}, targets, 1))
                .hasMessage("values[0][0] must be finite, got NaN");
        assertThatThrownBy(() -> LOSS.evaluate(one, targets, 0))
                .hasMessageStartingWith("normalizer must be the token count");
        assertThat(ValueDiagnostics.NONE.clipFraction()).isNaN();
    }

    private static ValueEvaluation oneToken(ClippedValueLoss loss, float value, float oldValue, float target) {
        ValueTargets targets = new ValueTargets(new float[][] {{oldValue}}, new float[][] {{target}}, TokenMask.all(1));
        return loss.evaluate(new float[][] {{value}}, targets, 1);
    }
}
