package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.RandomBatch;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.kl.KlEstimator;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The losses that are a mean over tokens of one output: likelihood, pretraining mix, entropy and KL. */
final class TokenMeansTest {
    @FunctionalInterface
    private interface Loss {
        TokenLoss evaluate(float[][] outputs, TokenMask mask, double normalizer);
    }

    private static final TokenMask MASK = TokenMask.of(new boolean[][] {{true, false}, {true}});
    private static final float[][] OUTPUTS = {{-1, Float.NaN}, {-3}};

    private static final List<Loss> LINEAR = List.of(
            NegativeLogLikelihood::evaluate, new PretrainingLoss(27.8)::evaluate, new EntropyBonus(0.5)::evaluate);

    @Test
    void theLikelihoodLossIsTheMeanPerTokenAndPullsOnEachAlike() {
        TokenLoss loss = NegativeLogLikelihood.evaluate(OUTPUTS, MASK, 2);
        assertThat(loss.loss()).isEqualTo(2);
        assertThat(loss.derivatives()).isDeepEqualTo(new float[][] {{-0.5f, 0}, {-0.5f}});
    }

    @Test
    void thePretrainingLossIsTheLikelihoodLossTimesItsCoefficient() {
        TokenLoss loss = new PretrainingLoss(3).evaluate(OUTPUTS, MASK, 2);
        assertThat(loss.loss()).isEqualTo(6);
        assertThat(loss.derivatives()).isDeepEqualTo(new float[][] {{-1.5f, 0}, {-1.5f}});
    }

    @Test
    void theEntropyBonusLowersTheLoss() {
        TokenLoss loss = new EntropyBonus(0.5).evaluate(new float[][] {{1, Float.NaN}, {3}}, MASK, 2);
        assertThat(loss.loss()).isEqualTo(-1);
        assertThat(loss.derivatives()).isDeepEqualTo(new float[][] {{-0.25f, 0}, {-0.25f}});
    }

    @Test
    void haveDerivativesThatAgreeWithFiniteDifferences() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] outputs = batch.normal(1);
            for (Loss loss : LINEAR) {
                requireDerivatives(batch, outputs, loss);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void theKlLossHasDerivativesThatAgreeWithFiniteDifferences(KlEstimator estimator) {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            float[][] reference = batch.normal(0.7);
            requireDerivatives(
                    batch,
                    batch.normal(0.7),
                    (logProbs, mask, normalizer) ->
                            new KlLoss(estimator, 0.5).evaluate(logProbs, reference, mask, normalizer));
        });
    }

    private static void requireDerivatives(RandomBatch batch, float[][] outputs, Loss loss) {
        FiniteDifferences.require(
                batch.toString(),
                outputs,
                loss.evaluate(outputs, batch.mask(), 4).derivatives(),
                moved -> loss.evaluate(moved, batch.mask(), 4).loss());
    }

    @Test
    void ofMicroBatchesAddUpToThatOfTheBatch() {
        RandomBatch.seeds().forEach(seed -> {
            RandomBatch batch = RandomBatch.of(seed);
            TokenMask mask = batch.mask();
            float[][] outputs = batch.normal(1);
            float[][] reference = batch.normal(1);
            KlLoss kl = new KlLoss(KlEstimator.K3, 2);
            double wholeKl = kl.evaluate(outputs, reference, mask, mask.count()).loss();
            double sumKl = 0;
            double[] sums = new double[LINEAR.size()];
            for (int row = 0; row < mask.rows(); row++) {
                TokenMask rowMask = mask.select(row);
                float[][] rowOutputs = {outputs[row]};
                float[][] rowReference = {reference[row]};
                sumKl += kl.evaluate(rowOutputs, rowReference, rowMask, mask.count())
                        .loss();
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += LINEAR.get(i)
                            .evaluate(rowOutputs, rowMask, mask.count())
                            .loss();
                }
            }
            assertThat(sumKl).as(batch.toString()).isCloseTo(wholeKl, within(1e-12));
            double[] wholes = LINEAR.stream()
                    .mapToDouble(
                            loss -> loss.evaluate(outputs, mask, mask.count()).loss())
                    .toArray();
            assertThat(sums).as(batch.toString()).containsExactly(wholes, within(1e-12));
        });
    }

    @Test
    void areZeroForAMicroBatchWithoutTokens() {
        TokenMask none = TokenMask.of(new boolean[][] {{false}, {}});
        float[][] garbage = {{Float.NaN}, {}};
        Stream<TokenLoss> losses = Stream.concat(
                LINEAR.stream().map(loss -> loss.evaluate(garbage, none, 7)),
                Arrays.stream(KlEstimator.values())
                        .map(estimator -> new KlLoss(estimator, 0.5).evaluate(garbage, garbage, none, 7)));
        assertThat(losses).allSatisfy(loss -> {
            assertThat(loss.loss()).isZero();
            assertThat(loss.derivatives()).isDeepEqualTo(none.zeros());
        });
    }

    @Test
    void refuseWhatDoesNotFit() {
        assertThatThrownBy(() -> NegativeLogLikelihood.evaluate(OUTPUTS, MASK, 0))
                .hasMessage("normalizer must be the token count of the whole optimizer step, > 0, got 0.0");
        assertThatThrownBy(() -> NegativeLogLikelihood.evaluate(OUTPUTS, TokenMask.all(OUTPUTS), 1))
                .hasMessage("logProbs[0][1] must be finite, got NaN");
        assertThatThrownBy(() -> new KlLoss(KlEstimator.K2, 1).evaluate(OUTPUTS, new float[0][], MASK, 1))
                .hasMessage("referenceLogProbs must have the mask's 2 rows, got 0");
        assertThatThrownBy(() -> new PretrainingLoss(-1))
                .hasMessage("coefficient of the pretraining loss must be >= 0, got -1.0");
        assertThatThrownBy(() -> new KlLoss(KlEstimator.K2, -1))
                .hasMessage("coefficient of the KL loss must be >= 0, got -1.0");
        assertThatThrownBy(() -> new EntropyBonus(Double.POSITIVE_INFINITY))
                .hasMessage("coefficient of the entropy bonus must be >= 0, got Infinity");
    }
}
