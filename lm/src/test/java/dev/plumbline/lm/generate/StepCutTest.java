package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class StepCutTest {
    @Test
    void runningSequencesAreShared() {
        assertThat(StepCut.of(8, List.of())).hasValue(new StepCut(4, Set.of(), StepSharing.EVEN));
        assertThat(StepCut.of(7, List.of())).hasValue(new StepCut(3, Set.of(), StepSharing.EVEN));
        assertThat(StepCut.of(3, List.of())).hasValue(new StepCut(1, Set.of(), StepSharing.EVEN));
        assertThat(StepCut.of(2, List.of())).hasValue(new StepCut(1, Set.of(), StepSharing.EVEN));
    }

    @Test
    void oneSequenceIsNotCut() {
        assertThat(StepCut.of(1, List.of())).isEmpty();
        assertThat(StepCut.of(0, List.of(512))).isEmpty();
    }

    @Test
    void promptsAreSharedByTheirLengths() {
        assertThat(StepCut.of(0, List.of(10, 40, 20, 30))).hasValue(new StepCut(0, Set.of(1, 0), StepSharing.EVEN));
    }

    @Test
    void runningSequencesMakeUpForAPrompt() {
        assertThat(StepCut.of(16, List.of(12))).hasValue(new StepCut(2, Set.of(0), StepSharing.EVEN));
    }

    @Test
    void halvesAreUnevenWhereALongPromptKeepsOneWaiting() {
        assertThat(StepCut.of(16, List.of(24))).hasValue(new StepCut(0, Set.of(0), StepSharing.EVEN));
        assertThat(StepCut.of(16, List.of(25))).hasValue(new StepCut(0, Set.of(0), StepSharing.UNEVEN));
        assertThat(StepCut.of(1, List.of(2, 100))).hasValue(new StepCut(0, Set.of(1), StepSharing.UNEVEN));
    }
}
