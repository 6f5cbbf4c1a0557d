package dev.plumbline.rl.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.Summary;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RankingLossTest {
    @Test
    void isLogTwoForEqualScores() {
        RankingEvaluation evaluation = RankingLoss.evaluate(new float[] {1, 1}, new int[] {1, 2}, 1);
        assertThat(evaluation.loss()).isCloseTo(Math.log(2), within(1e-15));
        assertThat(evaluation.derivatives()).containsExactly(-0.5f, 0.5f);
    }

    @Test
    void dividesByThePairsOfThePromptAndThePromptsOfTheStep() {
        float[] scores = {0, 0, 0};
        RankingEvaluation evaluation = RankingLoss.evaluate(scores, new int[] {1, 2, 3}, 4);
        assertThat(evaluation.loss()).isCloseTo(Math.log(2) / 4, within(1e-15));
    }

    @Test
    void dropsTies() {
        int[] ranks = {1, 2, 2, 1};
        assertThat(RankingLoss.pairs(ranks)).isEqualTo(4);
        RankingEvaluation evaluation = RankingLoss.evaluate(new float[] {9, 0, 0, -9}, ranks, 1);
        assertThat(evaluation.figures().pairs()).isEqualTo(4);
        assertThat(evaluation.loss()).isCloseTo(4.5, within(1e-3));
    }

    @Test
    void saysNothingOfAPromptThatIsAllTies() {
        RankingEvaluation evaluation = RankingLoss.evaluate(new float[] {1, 2, 3}, new int[] {5, 5, 5}, 2);
        assertThat(evaluation.loss()).isZero();
        assertThat(evaluation.derivatives()).containsExactly(0, 0, 0);
        assertThat(evaluation.figures().prompts()).isZero();
        assertThat(evaluation.figures().accuracy()).isNaN();
        assertThat(RankingLoss.pairs(new int[] {1})).isZero();
    }

    @Test
    void staysFiniteForScoresFarApart() {
        RankingEvaluation evaluation = RankingLoss.evaluate(new float[] {-1e30f, 1e30f}, new int[] {1, 2}, 1);
        assertThat(evaluation.loss()).isCloseTo(2e30, within(1e24));
        assertThat(evaluation.derivatives()).containsExactly(-1, 1);
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferencesAndSumToZero() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int answers = 2 + random.nextInt(8);
            float[] scores = new float[answers];
            int[] ranks = new int[answers];
            for (int i = 0; i < answers; i++) {
                scores[i] = (float) (2 * random.nextGaussian());
                ranks[i] = 1 + random.nextInt(4);
            }
            RankingEvaluation evaluation = RankingLoss.evaluate(scores, ranks, 3);
            FiniteDifferences.require(
                    "seed " + seed,
                    new float[][] {scores},
                    new float[][] {evaluation.derivatives()},
                    moved -> RankingLoss.evaluate(moved[0], ranks, 3).loss());
            double sum = 0;
            for (float derivative : evaluation.derivatives()) {
                sum += derivative;
            }
            assertThat(sum).as("seed %d", seed).isCloseTo(0, within(1e-7));
        }
    }

    @Test
    void figuresOfPromptsAddUp() {
        RankingFigures figures = RankingFigures.NONE
                .plus(RankingFigures.measure(new double[] {3, 1, 2}, new int[] {1, 2, 3}))
                .plus(RankingFigures.measure(new double[] {1, 1}, new int[] {1, 2}))
                .plus(RankingFigures.measure(new double[] {7, 8}, new int[] {1, 1}));
        assertThat(figures.prompts()).isEqualTo(2);
        assertThat(figures.pairs()).isEqualTo(4);
        assertThat(figures.accuracy()).as("equal scores are not in order").isEqualTo(0.5);
        assertThat(figures.margin()).isCloseTo((2 + 1 - 1 + 0) / 4.0, within(1e-15));
        assertThat(figures.scores().min()).isEqualTo(1);
        assertThat(figures.scores().max()).isEqualTo(8);
        assertThat(figures.scores().count()).isEqualTo(7);
    }

    @Test
    void aMarginIsWhatTheBetterScoreHasToBeHigherBy() {
        float[] scores = {2, 1, 0.5f};
        int[] ranks = {1, 2, 3};
        RankingEvaluation evaluation = RankingLoss.evaluate(scores, new float[] {0, -0.25f, -1}, ranks, 1);
        double loss = 0;
        for (double left : new double[] {2 - 1 - 0.25, 1 - 0.5 - 0.75, 2 - 0.5 - 1}) {
            loss -= Math.log(1 / (1 + Math.exp(-left))) / 3;
        }
        assertThat(evaluation.loss()).isCloseTo(loss, within(1e-15));
        assertThat(evaluation.figures())
                .as("figures are of the scores as they are")
                .isEqualTo(RankingLoss.evaluate(scores, ranks, 1).figures());
    }

    @Test
    void hasDerivativesThatAgreeWithFiniteDifferencesUnderMargins() {
        Random random = new Random(7);
        float[] scores = new float[5];
        float[] handicaps = new float[5];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) random.nextGaussian();
            handicaps[i] = -i * random.nextFloat();
        }
        int[] ranks = {1, 2, 3, 3, 4};
        FiniteDifferences.require(
                "seed 7",
                new float[][] {scores},
                new float[][] {RankingLoss.evaluate(scores, handicaps, ranks, 2).derivatives()},
                moved -> RankingLoss.evaluate(moved[0], handicaps, ranks, 2).loss());
    }

    @Test
    void figuresTellPairsByTheStepsOfRankBetweenThem() {
        RankingFigures figures = RankingFigures.measure(new double[] {5, 1, 2, 3}, new int[] {1, 4, 4, 90})
                .plus(RankingFigures.measure(new double[] {1, 0}, new int[] {-3, 7}));
        assertThat(figures.byDistance())
                .as("1-4 twice right, 4-90 twice wrong, one right of the other prompt; 1-90 right")
                .containsExactly(Map.entry(1, new PairCount(3, 5)), Map.entry(2, new PairCount(1, 1)));
        assertThat(figures.accuracy()).isEqualTo(4.0 / 6);
        assertThat(figures.sides().chosen().mean()).isCloseTo((5 + 5 + 5 + 1 + 2 + 1) / 6.0, within(1e-15));
        assertThat(figures.sides().rejected().mean()).isCloseTo((1 + 2 + 3 + 3 + 3 + 0) / 6.0, within(1e-15));
    }

    @Test
    void scoresThatSayNothingAreCalibratedAndBoastingOnesAreNot() {
        int[] ranks = {1, 2};
        Calibration equal = RankingFigures.measure(new double[] {1, 1}, ranks).calibration();
        assertThat(equal.expectedError()).isZero();
        assertThat(equal.brierScore()).isEqualTo(0.25);

        // Margins of log 3 promise 3 of 4; here it is 1 of 2.
        double promise = Math.log(3);
        Calibration boasting = RankingFigures.measure(new double[] {promise, 0}, ranks)
                .plus(RankingFigures.measure(new double[] {0, promise}, ranks))
                .calibration();
        assertThat(boasting.expectedError()).isCloseTo(0.25, within(1e-15));
        assertThat(boasting.brierScore()).isCloseTo((0.25 * 0.25 + 0.75 * 0.75) / 2, within(1e-15));
        assertThat(boasting.pairs()).isEqualTo(2);

        Calibration kept = boasting.plus(RankingFigures.measure(new double[] {promise, 0}, ranks)
                .plus(RankingFigures.measure(new double[] {promise, 0}, ranks))
                .calibration());
        assertThat(kept.expectedError()).isCloseTo(0, within(1e-15));
        assertThat(RankingFigures.measure(new double[] {1e30, -1e30}, ranks)
                        .calibration()
                        .expectedError())
                .isZero();
    }

    @Test
    void figuresOfNothingAreNotANumber() {
        assertThat(RankingFigures.NONE.accuracy()).isNaN();
        assertThat(RankingFigures.NONE.calibration().expectedError()).isNaN();
        assertThat(RankingFigures.NONE.calibration().brierScore()).isNaN();
        assertThat(RankingFigures.NONE.margin()).isNaN();
        assertThat(RankingFigures.NONE.scores()).isEqualTo(Summary.EMPTY);
    }

    @Test
    void refusesWhatIsNoRankedList() {
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, 2}, new int[] {1}, 1))
                .hasMessage("scores and ranks must have one entry per answer, got 2 and 1");
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, Float.NaN}, new int[] {1, 2}, 1))
                .hasMessage("scores[1] must be finite, got NaN");
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, 2}, new float[1], new int[] {1, 2}, 1))
                .hasMessage("scores and handicaps must have one entry per answer, got 2 and 1");
        assertThatThrownBy(
                        () -> RankingLoss.evaluate(new float[] {1, 2}, new float[] {0, Float.NaN}, new int[] {1, 2}, 1))
                .hasMessage("handicaps must be finite, got [0.0, NaN]");
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, 2}, new int[] {1, 2}, 0))
                .hasMessageStartingWith("promptsWithPairs must be")
                .hasMessageEndingWith("> 0, got 0");
    }

    @Test
    void leavesItsInputsAsTheyWere() {
        float[] scores = {2, 1};
        float[] before = Arrays.copyOf(scores, scores.length);
        RankingLoss.evaluate(scores, new int[] {2, 1}, 1);
        assertThat(scores).containsExactly(before);
    }
}
