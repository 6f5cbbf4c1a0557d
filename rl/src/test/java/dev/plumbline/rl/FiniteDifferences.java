package dev.plumbline.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** The derivatives a loss should have, by moving one input at a time. */
public final class FiniteDifferences {
    /** Central differences err by step²/6 of the third derivative; the losses here have ones of order 1. */
    private static final float STEP = 1e-3f;

    private static final double TOLERANCE = 1e-5;

    private FiniteDifferences() {}

    /**
     * Requires that {@code derivatives} are those of {@code loss} at {@code inputs}, within 1e-5, absolute or relative,
     * whichever is larger. Inputs must lie more than 1e-3 from any kink.
     */
    public static void require(
            String description, float[][] inputs, float[][] derivatives, ToDoubleFunction<float[][]> loss) {
        assertThat(derivatives.length).as(description).isEqualTo(inputs.length);
        for (int row = 0; row < inputs.length; row++) {
            assertThat(derivatives[row]).as(description).hasSameSizeAs(inputs[row]);
            for (int column = 0; column < inputs[row].length; column++) {
                float[][] above = copy(inputs);
                float[][] below = copy(inputs);
                above[row][column] += STEP;
                below[row][column] -= STEP;
                double distance = (double) above[row][column] - below[row][column];
                double difference = (loss.applyAsDouble(above) - loss.applyAsDouble(below)) / distance;
                assertThat((double) derivatives[row][column])
                        .as("%s, derivative [%d][%d]", description, row, column)
                        .isCloseTo(difference, within(TOLERANCE * Math.max(1, Math.abs(difference))));
            }
        }
    }

    private static float[][] copy(float[][] values) {
        return Arrays.stream(values).map(float[]::clone).toArray(float[][]::new);
    }
}
