package dev.plumbline.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MissingEosTest {
    private static final MissingEos KEEP = new MissingEos.Keep();
    private static final MissingEos PENALTY = new MissingEos.Penalty(1.5f);
    private static final MissingEos REPLACE = new MissingEos.Replace(-1);

    @Test
    void leavesTheScoreOfAnAnswerThatEnded() {
        assertThat(List.of(KEEP, PENALTY, REPLACE))
                .allSatisfy(choice -> assertThat(choice.score(2, true)).isEqualTo(2));
    }

    @Test
    void scoresAnAnswerThatDidNotEnd() {
        assertThat(KEEP.score(2, false)).isEqualTo(2);
        assertThat(PENALTY.score(2, false)).isEqualTo(0.5f);
        assertThat(REPLACE.score(2, false)).isEqualTo(-1);
    }

    @Test
    void refusesAPenaltyThatIsARewardAndAScoreThatIsNone() {
        assertThatThrownBy(() -> new MissingEos.Penalty(-1)).hasMessage("penalty must be >= 0, got -1.0");
        assertThatThrownBy(() -> new MissingEos.Replace(Float.NaN)).hasMessage("replacement must be finite, got NaN");
    }
}
