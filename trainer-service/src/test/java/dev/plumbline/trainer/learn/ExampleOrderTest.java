package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExampleOrderTest {
    @Test
    void epochsTakeEveryExampleEquallyOftenAndTheLastStepTakesTheRest() {
        ExampleOrder order = ExampleOrder.ofEpochs(2, 10, 8, 5);
        List<Integer> taken = new ArrayList<>();
        for (long step = 0; step < order.steps(); step++) {
            Arrays.stream(order.batch(step)).forEach(taken::add);
        }
        assertThat(order.steps()).isEqualTo(3);
        assertThat(taken).hasSize(20);
        assertThat(taken.subList(0, 10)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(taken.subList(10, 20)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(order.epochsAfter(3)).isEqualTo(2);
    }

    @Test
    void stepsAreAllFull() {
        ExampleOrder order = ExampleOrder.ofSteps(3, 10, 8, 5);
        assertThat(order.steps()).isEqualTo(3);
        assertThat(order.batch(2)).hasSize(8);
    }

    @Test
    void aStepTakesTheSameExamplesInWhateverOrderItIsAsked() {
        ExampleOrder forwards = ExampleOrder.endless(7, 5);
        int[] third = forwards.slice(14, 7);
        forwards.slice(0, 7);
        assertThat(ExampleOrder.endless(7, 5).slice(14, 7)).isEqualTo(third).isEqualTo(forwards.slice(14, 7));
        assertThat(ExampleOrder.endless(7, 6).slice(14, 7)).isNotEqualTo(third);
    }
}
