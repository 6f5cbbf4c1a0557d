package dev.plumbline.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class RewardShapingTest {
    private static final float[][] KL = {{1, 2, -1}, {4}};

    @Test
    void chargesTheKlAtEveryTokenAndAddsTheScoreAtItsIndex() {
        ShapedRewards shaped = RewardShaping.shape(KL, 0.5, new float[] {10, 20}, new int[] {1, 0});
        assertThat(shaped.rewards()).isDeepEqualTo(new float[][] {{-0.5f, 9, 0.5f}, {18}});
    }

    @Test
    void reportsWhatTheRewardIsMadeOfPerSequence() {
        ShapedRewards shaped = RewardShaping.shape(KL, 0.5, new float[] {10, 20}, new int[] {1, 0});
        assertThat(shaped.kl().mean()).isEqualTo(3);
        assertThat(shaped.kl().max()).isEqualTo(4);
        assertThat(shaped.scores().mean()).isEqualTo(15);
        assertThat(shaped.meanNonScoreReward()).isEqualTo(-1.5);
        assertThat(shaped.totals().mean()).isCloseTo(13.5, within(1e-15));
    }

    @Test
    void refusesScoresWithoutAPlace() {
        float[] scores = {1, 1};
        assertThatThrownBy(() -> RewardShaping.shape(KL, 0.1, scores, new int[] {3, 0}))
                .hasMessage("scoreIndices[0] must be in [0, 3), got 3");
        assertThatThrownBy(() -> RewardShaping.shape(KL, 0.1, scores, new int[] {0, -1}))
                .hasMessage("scoreIndices[1] must be in [0, 1), got -1");
        assertThatThrownBy(() -> RewardShaping.shape(new float[][] {{}}, 0.1, new float[] {1}, new int[] {0}))
                .hasMessageStartingWith("kl[0] has no tokens");
        assertThatThrownBy(() -> RewardShaping.shape(KL, 0.1, new float[] {1}, new int[] {0, 0}))
                .hasMessage("scores and scoreIndices must have one entry per row of kl (2), got 1 and 2");
        assertThatThrownBy(() -> RewardShaping.shape(KL, 0.1, scores, new int[] {0}))
                .hasMessageEndingWith("got 2 and 1");
    }

    @Test
    void namesTheNumberThatIsNotFinite() {
        int[] indices = {0, 0};
        assertThatThrownBy(() -> RewardShaping.shape(KL, 0.1, new float[] {1, Float.NaN}, indices))
                .hasMessage("scores[1] must be finite, got NaN");
        assertThatThrownBy(() ->
                        RewardShaping.shape(new float[][] {{1}, {Float.NaN}}, 0.1, new float[] {1, 1}, indices))
                .hasMessage("kl[1][0] must be finite, got NaN");
        assertThatThrownBy(() -> RewardShaping.shape(KL, -1, new float[] {1, 1}, indices))
                .hasMessage("coefficient must be >= 0, got -1.0");
    }
}
