package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

final class SequenceRatioLossTest {
    private static final ClippedPolicyLoss CLIP = new ClippedPolicyLoss(0.2, 0.28, 3);
    private static final SequenceRatioLoss LOSS = new SequenceRatioLoss(CLIP);

    @Test
    void isOfTheGeometricMeanOfTheTokensRatios() {
        float[][] logProbs = {{0.3f, -0.1f}};
        PolicyExperience experience =
                new PolicyExperience(new float[][] {{0, 0}}, new float[][] {{2, 2}}, TokenMask.all(2));
        TokenLoss loss = LOSS.evaluate(logProbs, experience, 2);
        double ratio = Math.exp(0.1);
        assertThat(loss.loss()).isCloseTo(-2 * ratio, within(1e-6));
        assertThat(loss.derivatives()[0]).containsExactly(new float[] {(float) -ratio, (float) -ratio}, within(1e-6f));
    }

    @Test
    void stopsTheGradientOfTheWholeAnswer() {
        float[][] logProbs = {{1, -0.1f}};
        PolicyExperience experience =
                new PolicyExperience(new float[][] {{0, 0}}, new float[][] {{2, 2}}, TokenMask.all(2));
        TokenLoss loss = LOSS.evaluate(logProbs, experience, 2);
        assertThat(loss.loss()).isCloseTo(-2 * 1.28, within(1e-6));
        assertThat(loss.derivatives()[0]).containsExactly(0, 0);
    }

    @Test
    void isTheTokensOwnRatioForAnswersOfOneToken() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] logProbs = {{batch.uniform(-2, 2)}};
            PolicyExperience experience =
                    new PolicyExperience(new float[][] {{0}}, new float[][] {{batch.uniform(-2, 2)}}, TokenMask.all(1));
            TokenLoss expected = CLIP.evaluate(logProbs, experience, 1);
            TokenLoss actual = LOSS.evaluate(logProbs, experience, 1);
            assertThat(actual.loss()).as(batch.toString()).isEqualTo(expected.loss());
            assertThat(actual.derivatives()).as(batch.toString()).isDeepEqualTo(expected.derivatives());
        });
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferences() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] old = batch.normal(1);
            PolicyExperience experience = new PolicyExperience(old, batch.normal(1), batch.mask());
            float[][] logProbs = awayFromKinks(batch, experience);
            FiniteDifferences.require(
                    batch.toString(),
                    logProbs,
                    LOSS.evaluate(logProbs, experience, 3).derivatives(),
                    moved -> LOSS.evaluate(moved, experience, 3).loss());
        });
    }

    @Test
    void isZeroWithoutTokens() {
        TokenMask mask = TokenMask.of(new boolean[][] {{false, false}, {}});
        float[][] garbage = {{Float.NaN, 1}, {}};
        TokenLoss loss = LOSS.evaluate(garbage, new PolicyExperience(garbage, garbage, mask), 5);
        assertThat(loss.loss()).isZero();
        assertThat(loss.derivatives()).isDeepEqualTo(mask.zeros());
    }

    @Test
    void staysFiniteForAnAbsurdRatio() {
        PolicyExperience experience = new PolicyExperience(new float[][] {{0}}, new float[][] {{-1}}, TokenMask.all(1));
        TokenLoss loss =
                new SequenceRatioLoss(ClippedPolicyLoss.symmetric(0.2)).evaluate(new float[][] {{1e6f}}, experience, 1);
        assertThat(loss.loss()).isCloseTo(Math.exp(40), within(1e6));
        assertThat(loss.derivatives()[0][0]).isZero();
    }

    private static float[][] awayFromKinks(RandomBatch batch, PolicyExperience experience) {
        float[][] logProbs;
        do {
            logProbs = batch.normal(0.5);
            for (int row = 0; row < logProbs.length; row++) {
                for (int token = 0; token < logProbs[row].length; token++) {
                    logProbs[row][token] += experience.oldLogProbs()[row][token];
                }
            }
        } while (nearKink(LOSS.ratios(logProbs, experience)));
        return logProbs;
    }

    private static boolean nearKink(double[][] ratios) {
        return DoubleStream.of(0.8, 1.28, 3)
                .anyMatch(kink -> Arrays.stream(ratios)
                        .flatMapToDouble(Arrays::stream)
                        .anyMatch(ratio -> Math.abs(ratio - kink) < 0.005));
    }
}
