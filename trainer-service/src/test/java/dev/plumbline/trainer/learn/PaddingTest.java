package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PaddingTest {
    @Test
    void wasteIsTheShareOfComputedTokensThatAreNoOnesOwn() {
        Padding padding = new Padding();
        assertThat(padding.waste()).isZero();
        padding.add(new MicroBatch(List.of(sequence(4), sequence(2)), 1)); // 8 computed, 6 wanted
        padding.add(new MicroBatch(List.of(sequence(2)), 1));

        assertThat(padding.waste()).isEqualTo(0.2);
    }

    private static TokenSequence sequence(int tokens) {
        return new TokenSequence(new int[tokens], 1);
    }
}
