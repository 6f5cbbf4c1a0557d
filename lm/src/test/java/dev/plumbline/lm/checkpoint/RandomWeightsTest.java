package dev.plumbline.lm.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.Initialisation;
import dev.plumbline.lm.architecture.TensorSpec;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomWeightsTest {
    private static final TensorSpec MATRIX = normal("matrix", 0.02);

    private static TensorSpec normal(String name, double deviation) {
        return new TensorSpec(name, List.of(200, 301), new Initialisation.Normal(deviation));
    }

    @Test
    void theSameSeedGivesTheSameWeightsAndAnotherOthers() {
        float[] weights = TinyCheckpoint.read(new RandomWeights(7), MATRIX);
        assertThat(TinyCheckpoint.read(new RandomWeights(7), MATRIX)).isEqualTo(weights);
        assertThat(TinyCheckpoint.read(new RandomWeights(8), MATRIX)).isNotEqualTo(weights);
        assertThat(TinyCheckpoint.read(new RandomWeights(7), normal("other", 0.02)))
                .isNotEqualTo(weights);
    }

    @Test
    void normalWeightsHaveTheirMomentsAndTails() {
        float[] weights = TinyCheckpoint.read(new RandomWeights(7), MATRIX);
        double sum = 0;
        double squares = 0;
        int beyondTwoDeviations = 0;
        for (float weight : weights) {
            sum += weight;
            squares += (double) weight * weight;
            beyondTwoDeviations += Math.abs(weight) > 0.04 ? 1 : 0;
        }
        int n = weights.length;
        // Four standard errors each; 4.55 % of a normal distribution lie beyond two deviations.
        assertThat(sum / n).isCloseTo(0, within(4 * 0.02 / Math.sqrt(n)));
        assertThat(Math.sqrt(squares / n)).isCloseTo(0.02, within(4 * 0.02 / Math.sqrt(2.0 * n)));
        assertThat((double) beyondTwoDeviations / n).isCloseTo(0.0455, within(4 * Math.sqrt(0.0455 / n)));
    }

    @Test
    void constantsAndFixedRowsAreWhatTheySay() {
        TensorSpec ones = new TensorSpec("norm", List.of(5), new Initialisation.Constant(1));
        assertThat(TinyCheckpoint.read(new RandomWeights(7), ones)).containsOnly(1f);
        TensorSpec embedding = new TensorSpec("matrix", List.of(200, 301), new Initialisation.NormalButRow(0.02, 3));
        float[] expected = TinyCheckpoint.read(new RandomWeights(7), MATRIX);
        Arrays.fill(expected, 3 * 301, 4 * 301, 0f);
        assertThat(TinyCheckpoint.read(new RandomWeights(7), embedding)).isEqualTo(expected);
    }
}
