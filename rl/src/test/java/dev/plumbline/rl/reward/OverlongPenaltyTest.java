package dev.plumbline.rl.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class OverlongPenaltyTest {
    @Test
    void growsOverTheBufferToTheWholePenaltyAtTheLimit() {
        OverlongPenalty penalty = new OverlongPenalty(20, 4, 1);
        assertThat(penalty.score(1, 1)).isEqualTo(1);
        assertThat(penalty.score(1, 16)).isEqualTo(1);
        assertThat(penalty.score(1, 17)).isEqualTo(0.75f);
        assertThat(penalty.score(1, 20)).isZero();
        assertThat(penalty.score(1, 25)).isZero();
        assertThat(new OverlongPenalty(20, 4, 0.5).score(1, 18)).isEqualTo(0.75f);
    }

    @Test
    void isNothingWhereThereIsNone() {
        assertThat(OverlongPenalty.none().score(3, 1000)).isEqualTo(3);
    }

    @Test
    void refusesSettingsThatMakeNoSense() {
        assertThatThrownBy(() -> new OverlongPenalty(20, 0, 1)).hasMessage("buffer must be in [1, 20] tokens, got 0");
        assertThatThrownBy(() -> new OverlongPenalty(20, 21, 1)).hasMessage("buffer must be in [1, 20] tokens, got 21");
        assertThatThrownBy(() -> new OverlongPenalty(20, 4, -1)).hasMessage("penalty must be >= 0, got -1.0");
    }
}
