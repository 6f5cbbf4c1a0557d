package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class AnswerAdvantagesTest {
    /** Two prompts with two answers each: penalties on the way, the score on the last token. */
    private static final float[][] REWARDS = {{-0.5f, 3.5f}, {1}, {0, 0, 2}, {0, 6}};

    private static final TokenMask MASK = TokenMask.all(REWARDS);

    @Test
    void withinGroupsAreTheSameOnEveryTokenOfAnAnswer() {
        assertThat(new AnswerAdvantages.WithinGroups(GroupAdvantage.MEAN, 2).estimate(REWARDS, MASK))
                .isDeepEqualTo(new float[][] {{1, 1}, {-1}, {-2, -2, -2}, {2, 2}});
    }

    @Test
    void overTheBatchAreTheRewardsFromATokenOnAmongAllTokens() {
        float[][] toGo = {{3, 3.5f}, {1}, {2, 2, 2}, {6, 6}};
        Summary moments = Summary.of(toGo, MASK);
        float[][] advantages = new AnswerAdvantages.OverBatch(1).estimate(REWARDS, MASK);
        double deviation = Math.sqrt(moments.biasedVariance());
        for (int row = 0; row < toGo.length; row++) {
            for (int token = 0; token < toGo[row].length; token++) {
                assertThat((double) advantages[row][token])
                        .isCloseTo((toGo[row][token] - moments.mean()) / deviation, within(1e-6));
            }
        }
    }

    @Test
    void overTheBatchFadeWithTheDiscount() {
        float[][] advantages =
                new AnswerAdvantages.OverBatch(0).estimate(new float[][] {{0, 4}, {4}}, TokenMask.all(2, 1));
        assertThat(advantages[0][1]).isEqualTo(advantages[1][0]).isGreaterThan(advantages[0][0]);
    }

    @Test
    void withinGroupsOverTheBatchAreStandardized() {
        float[][] advantages = new AnswerAdvantages.WithinGroupsOverBatch(2).estimate(REWARDS, MASK);
        Summary moments = Summary.of(advantages, MASK);
        assertThat(moments.mean()).isCloseTo(0, within(1e-6));
        assertThat(moments.biasedVariance()).isCloseTo(1, within(1e-6));
        assertThat(advantages[0][0]).isEqualTo(advantages[0][1]).isPositive();
    }

    @Test
    void leaveOutWhatIsNotUnderTheMask() {
        TokenMask mask = TokenMask.of(new boolean[][] {{true, false}, {true}});
        float[][] rewards = {{1, Float.NaN}, {3}};
        assertThat(new AnswerAdvantages.WithinGroups(GroupAdvantage.MEAN, 2).estimate(rewards, mask))
                .isDeepEqualTo(new float[][] {{-1, 0}, {1}});
    }

    @Test
    void needWholeGroups() {
        assertThatThrownBy(() -> new AnswerAdvantages.WithinGroups(GroupAdvantage.MEAN, 3).estimate(REWARDS, MASK))
                .hasMessage("rewards must be of whole groups of 3 answers, got 4 answers");
        assertThatThrownBy(() -> new AnswerAdvantages.WithinGroups(GroupAdvantage.MEAN, 1))
                .hasMessage("size of a group must be >= 2 answers, got 1");
    }
}
