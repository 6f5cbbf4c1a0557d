package dev.plumbline.rl.advantage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class GroupAdvantageTest {
    @Test
    void comparesAnAnswerWithTheOthersToItsPrompt() {
        assertThat(GroupAdvantage.MEAN.of(1, 2, 6)).containsExactly(-2, -1, 3);
        assertThat(GroupAdvantage.LEAVE_ONE_OUT.of(1, 2, 6)).containsExactly(-3, -1.5f, 4.5f);
        float deviation = (float) Math.sqrt(7); // 14 / 2
        assertThat(GroupAdvantage.MEAN_STD.of(1, 2, 6))
                .containsExactly(new float[] {-2 / deviation, -1 / deviation, 3 / deviation}, within(1e-4f));
    }

    @ParameterizedTest
    @EnumSource
    void isExactlyZeroWhereAllAnswersAreEquallyGood(GroupAdvantage advantage) {
        assertThat(advantage.of(0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f)).containsOnly(0);
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatCannotBeCompared(GroupAdvantage advantage) {
        assertThatThrownBy(() -> advantage.of(1))
                .hasMessage("a group must have at least 2 answers to be compared with each other, got 1");
        assertThatThrownBy(() -> advantage.of(1, Float.NaN)).hasMessage("rewards[1] must be finite, got NaN");
    }
}
