package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.kl.KlEstimator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class PpoObjectiveTest {
    private static final PpoObjective OBJECTIVE =
            new PpoObjective(new ClippedPolicyLoss(0.2, 0.2, 3), new EntropyBonus(0.01), new KlLoss(KlEstimator.K2, 0));

    @Test
    void isTheClippedLossLessTheEntropyBonus() {
        float[][] logProbs = {{0}};
        PolicyExperience experience = new PolicyExperience(new float[][] {{0}}, new float[][] {{2}}, TokenMask.all(1));
        PpoEvaluation evaluation = OBJECTIVE.evaluate(logProbs, new float[][] {{5}}, experience, 1);
        assertThat(evaluation.policyLoss()).isEqualTo(-2);
        assertThat(evaluation.loss()).isCloseTo(-2.05, within(1e-15));
        assertThat(evaluation.logProbDerivatives()).isDeepEqualTo(new float[][] {{-2}});
        assertThat(evaluation.entropyDerivatives()).isDeepEqualTo(new float[][] {{-0.01f}});
    }

    @Test
    void hasNoEntropyDerivativesWithoutABonus() {
        float[][] zero = {{0}};
        PolicyExperience experience = new PolicyExperience(zero, zero, TokenMask.all(1));
        PpoEvaluation evaluation = new PpoObjective(OBJECTIVE.policyLoss(), new EntropyBonus(0), OBJECTIVE.klLoss())
                .evaluate(zero, new float[][] {{5}}, experience, 1);
        assertThat(evaluation.entropyDerivatives()).isEmpty();
        assertThat(evaluation.diagnostics().entropy().mean()).isEqualTo(5);
    }

    @Test
    void hasEntropyDerivativesThatAgreeWithFiniteDifferences() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            PolicyExperience experience = new PolicyExperience(batch.normal(1), batch.normal(1), batch.mask());
            float[][] logProbs = batch.normal(1);
            float[][] entropies = batch.normal(1);
            FiniteDifferences.require(
                    batch.toString(),
                    entropies,
                    OBJECTIVE.evaluate(logProbs, entropies, experience, each(2)).entropyDerivatives(),
                    moved -> OBJECTIVE
                            .evaluate(logProbs, moved, experience, each(2))
                            .loss());
        });
    }

    @Test
    void addsWhatTheDivergenceFromTheReferenceCosts() {
        float[][] logProbs = {{-1, -2}, {-3}};
        float[][] old = {{-1, -2}, {-3}};
        float[][] advantages = {{1, 1}, {-1}};
        float[][] reference = {{-1.5f, -2}, {-1}};
        PolicyExperience experience = new PolicyExperience(old, advantages, reference, TokenMask.all(2, 1));
        PpoEvaluation evaluation = new PpoObjective(
                        OBJECTIVE.policyLoss(), new EntropyBonus(0), new KlLoss(KlEstimator.K2, 0.1))
                .evaluate(logProbs, new float[][] {{0, 0}, {0}}, experience, 4, 2);
        double kl = 0.1 * (0.5 * 0.25 / 4 + 0.5 * 4 / 2);
        assertThat(evaluation.klLoss()).isCloseTo(kl, within(1e-12));
        assertThat(evaluation.policyLoss()).isCloseTo(-2 / 4.0 + 1 / 2.0, within(1e-12));
        assertThat(evaluation.loss()).isCloseTo(kl, within(1e-12));
        assertThat(evaluation.logProbDerivatives()[0]).containsExactly(-0.25f + 0.0125f, -0.25f);
        assertThat(evaluation.logProbDerivatives()[1]).containsExactly(0.5f - 0.1f);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void hasLogProbDerivativesThatAgreeWithFiniteDifferences(PolicyLoss loss, Aggregation aggregation) {
        PpoObjective objective = new PpoObjective(loss, new EntropyBonus(0), new KlLoss(KlEstimator.K2, 0.3));
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            // So close to the old policy that no ratio comes near a bound.
            float[][] old = batch.normal(1);
            float[][] logProbs = batch.fill(() -> batch.uniform(-0.1, 0.1));
            for (int row = 0; row < old.length; row++) {
                for (int token = 0; token < old[row].length; token++) {
                    logProbs[row][token] += old[row][token];
                }
            }
            PolicyExperience experience = new PolicyExperience(old, batch.normal(1), batch.normal(1), batch.mask());
            double[] normalizers = aggregation.normalizers(batch.mask());
            float[][] entropies = batch.mask().zeros();
            FiniteDifferences.require(
                    batch.toString(),
                    logProbs,
                    objective
                            .evaluate(logProbs, entropies, experience, normalizers)
                            .logProbDerivatives(),
                    moved -> objective
                            .evaluate(moved, entropies, experience, normalizers)
                            .loss());
        });
    }

    static Stream<Arguments> objectives() {
        ClippedPolicyLoss clipped = new ClippedPolicyLoss(0.2, 0.28, 3);
        return Stream.of(clipped, new SequenceRatioLoss(clipped))
                .flatMap(loss -> Stream.of(
                                new Aggregation.TokenMean(),
                                new Aggregation.SequenceMean(),
                                new Aggregation.FixedLength(9))
                        .map(aggregation -> Arguments.of(loss, aggregation)));
    }

    @Test
    void needsANormalizerForEverySequence() {
        float[][] zero = {{0}, {0}};
        PolicyExperience experience = new PolicyExperience(zero, zero, TokenMask.all(zero));
        assertThatThrownBy(() -> OBJECTIVE.evaluate(zero, zero, experience, 1))
                .hasMessage("normalizers must have one entry per sequence (2), got 1");
    }

    @Test
    void reportsHowFarThePolicyHasMoved() {
        float[][] logProbs = {{0, (float) Math.log(1.5), (float) Math.log(0.5), Float.NaN}, {(float) Math.log(4)}};
        float[][] old = {{0, 0, 0, Float.NaN}, {0}};
        float[][] advantages = {{1, 1, 1, 1}, {-1}};
        TokenMask mask = TokenMask.of(new boolean[][] {{true, true, true, false}, {true}});
        float[][] entropies = {{1, 2, 3, Float.NaN}, {4}};
        PolicyDiagnostics diagnostics = OBJECTIVE
                .evaluate(logProbs, entropies, new PolicyExperience(old, advantages, mask), 4, 4)
                .diagnostics();
        assertThat(diagnostics.tokens()).isEqualTo(4);
        assertThat(diagnostics.ratio().mean()).isCloseTo(7 / 4.0, within(1e-6));
        assertThat(diagnostics.ratio().variance())
                .isCloseTo(Summary.of(1, 1.5f, 0.5f, 4).variance(), within(1e-6));
        assertThat(diagnostics.maxRatioError()).isCloseTo(3, within(1e-6));
        assertThat(diagnostics.clipFraction()).as("only 1.5").isEqualTo(0.25);
        assertThat(diagnostics.dualClipFraction()).as("only 4").isEqualTo(0.25);
        double squares = Math.pow(Math.log(1.5), 2) + Math.pow(Math.log(0.5), 2) + Math.pow(Math.log(4), 2);
        assertThat(diagnostics.approxKl()).isCloseTo(squares / 8, within(1e-7));
        assertThat(diagnostics.entropy().mean()).isEqualTo(2.5);
    }

    @Test
    void reportsTheRatioErrorOnBothSidesOfOne() {
        PolicyExperience experience =
                new PolicyExperience(new float[][] {{0, 0}}, new float[][] {{1, 1}}, TokenMask.all(2));
        float[][] logProbs = {{(float) Math.log(0.25), (float) Math.log(1.5)}};
        assertThat(OBJECTIVE
                        .evaluate(logProbs, new float[][] {{0, 0}}, experience, 2)
                        .diagnostics()
                        .maxRatioError())
                .isCloseTo(0.75, within(1e-6));
    }

    @Test
    void ofMicroBatchesAddsUpToThatOfTheBatch() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            PolicyExperience experience = new PolicyExperience(batch.normal(1), batch.normal(1), batch.mask());
            float[][] logProbs = batch.normal(1);
            float[][] entropies = batch.normal(1);
            int tokens = batch.mask().count();
            PpoEvaluation whole = OBJECTIVE.evaluate(logProbs, entropies, experience, each(tokens));
            PolicyDiagnostics sum = PolicyDiagnostics.NONE;
            double loss = 0;
            for (int row = 0; row < logProbs.length; row++) {
                PpoEvaluation share = OBJECTIVE.evaluate(
                        new float[][] {logProbs[row]}, new float[][] {entropies[row]}, experience.select(row), tokens);
                sum = sum.plus(share.diagnostics());
                loss += share.loss();
            }
            assertThat(loss).as(batch.toString()).isCloseTo(whole.loss(), within(1e-12));
            PolicyDiagnostics expected = whole.diagnostics();
            assertThat(sum.tokens()).as(batch.toString()).isEqualTo(expected.tokens());
            assertThat(sum.approxKl()).as(batch.toString()).isCloseTo(expected.approxKl(), within(1e-12));
            assertThat(sum.clipFraction()).as(batch.toString()).isEqualTo(expected.clipFraction());
            assertThat(sum.dualClipFraction()).as(batch.toString()).isEqualTo(expected.dualClipFraction());
            assertThat(sum.maxRatioError()).as(batch.toString()).isEqualTo(expected.maxRatioError());
            assertThat(sum.entropy().mean())
                    .as(batch.toString())
                    .isCloseTo(expected.entropy().mean(), within(1e-12));
        });
    }

    @Test
    void hasFiguresThatAreNotANumberWithoutTokens() {
        assertThat(PolicyDiagnostics.NONE.approxKl()).isNaN();
        assertThat(PolicyDiagnostics.NONE.clipFraction()).isNaN();
        assertThat(PolicyDiagnostics.NONE.maxRatioError()).isNaN();
    }

    @Test
    void namesEntropiesThatAreNotFinite() {
        float[][] zero = {{0}};
        PolicyExperience experience = new PolicyExperience(zero, zero, TokenMask.all(1));
        assertThatThrownBy(() -> OBJECTIVE.evaluate(zero, new float[][] {{Float.NaN}}, experience, 1))
                .hasMessage("entropies[0][0] must be finite, got NaN");
    }

    private static double[] each(double normalizer) {
        return DoubleStream.generate(() -> normalizer).limit(RandomBatch.ROWS).toArray();
    }
}
