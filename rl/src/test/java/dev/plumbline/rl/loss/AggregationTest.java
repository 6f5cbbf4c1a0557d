package dev.plumbline.rl.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.rl.TokenMask;
import org.junit.jupiter.api.Test;

final class AggregationTest {
    private static final TokenMask STEP = TokenMask.of(new boolean[][] {{true, true, false}, {true}, {false}});

    @Test
    void overTokensGivesEveryTokenTheSameWeight() {
        assertThat(new Aggregation.TokenMean().normalizers(STEP)).containsExactly(3, 3, 3);
    }

    @Test
    void overSequencesGivesEverySequenceTheSameWeight() {
        assertThat(new Aggregation.SequenceMean().normalizers(STEP)).containsExactly(6, 3, 3);
    }

    @Test
    void byAFixedLengthDoesNotDependOnTheAnswers() {
        assertThat(new Aggregation.FixedLength(5).normalizers(STEP)).containsExactly(15, 15, 15);
        assertThatThrownBy(() -> new Aggregation.FixedLength(0)).hasMessage("length must be >= 1 token, got 0");
    }

    @Test
    void ofAStepInWhichEveryTokenWasLeftOutDividesByNothing() {
        TokenMask none = TokenMask.of(new boolean[][] {{false}});
        assertThat(new Aggregation.TokenMean().normalizers(none)).containsExactly(1);
        assertThat(new Aggregation.SequenceMean().normalizers(none)).containsExactly(1);
    }
}
