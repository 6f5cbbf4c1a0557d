package dev.plumbline.rl.ranking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.FiniteDifferences;
import dev.plumbline.rl.Summary;
import java.util.Arrays;
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
                .plus(RankingFigures.measure(new float[] {3, 1, 2}, new int[] {1, 2, 3}))
                .plus(RankingFigures.measure(new float[] {1, 1}, new int[] {1, 2}))
                .plus(RankingFigures.measure(new float[] {7, 8}, new int[] {1, 1}));
        assertThat(figures.prompts()).isEqualTo(2);
        assertThat(figures.pairs()).isEqualTo(4);
        assertThat(figures.accuracy()).as("equal scores are not in order").isEqualTo(0.5);
        assertThat(figures.margin()).isCloseTo((2 + 1 - 1 + 0) / 4.0, within(1e-15));
        assertThat(figures.scores().min()).isEqualTo(1);
        assertThat(figures.scores().max()).isEqualTo(8);
        assertThat(figures.scores().count()).isEqualTo(7);
    }

    @Test
    void figuresOfNothingAreNotANumber() {
        assertThat(RankingFigures.NONE.accuracy()).isNaN();
        assertThat(RankingFigures.NONE.margin()).isNaN();
        assertThat(RankingFigures.NONE.scores()).isEqualTo(Summary.EMPTY);
    }

    @Test
    void refusesWhatIsNoRankedList() {
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, 2}, new int[] {1}, 1))
                .hasMessage("scores and ranks must have one entry per answer, got 2 and 1");
        assertThatThrownBy(() -> RankingLoss.evaluate(new float[] {1, Float.NaN}, new int[] {1, 2}, 1))
                .hasMessage("scores[1] must be finite, got NaN");
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
