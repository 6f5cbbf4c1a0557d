package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.generate.CacheLayout.Level;
import java.nio.LongBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StepInputTest {
    private static final int SLOTS = 3;

    @ParameterizedTest
    @ValueSource(ints = {5, 17, 96, 128, 131, 138, 150, 300, 700})
    void whatIsReadOfALevelHoldsAllPositionsAndNothingOfAnotherSlot(int capacity) {
        CacheLayout layout = new CacheLayout(2, 2, SLOTS, capacity, 0);
        StepInput input = input(layout);
        for (int position = 0; position < capacity; position++) {
            input.begin(0);
            input.run(1, position / 2);
            input.run(1, position);
            long[] reads = input.reads();
            assertThat(reads).hasSize(5 * layout.depth(position + 1));
            long covered = 0;
            for (int i = 0; i < reads.length / 5; i++) {
                Level level = layout.levels().get(i);
                assertThat(reads[5 * i]).isEqualTo(level.base());
                assertThat(reads[5 * i + 3]).isEqualTo(2);
                assertThat(reads[5 * i + 4]).isBetween(1L, (long) level.length());
                covered += reads[5 * i + 4];
            }
            assertThat(covered).isGreaterThan(position);
        }
    }

    @Test
    void ofALevelNoMoreSlotsAreReadThanReachIntoIt() {
        CacheLayout layout = new CacheLayout(2, 2, SLOTS, 300, 0);
        StepInput input = input(layout);
        input.begin(0);
        input.run(1, 200);
        input.idle();
        input.run(1, 20);
        assertThat(input.reads()[3]).isEqualTo(3);
        assertThat(input.reads()[8]).isEqualTo(1);
        assertThat(input.counts()).containsExactly(3, 3, 2, 2, 0);
    }

    @Test
    void ofALevelNothingIsReadBeforeTheFirstSlot() {
        CacheLayout layout = new CacheLayout(2, 2, SLOTS, 300, 0);
        StepInput input = input(layout);
        input.begin(1);
        input.run(1, 200);
        input.run(1, 20);
        assertThat(input.reads())
                .containsExactly(
                        layout.cell(1, 0),
                        layout.levels().get(0).side(),
                        128,
                        2,
                        128,
                        layout.cell(1, 128),
                        layout.levels().get(1).side(),
                        128,
                        1,
                        128);
    }

    @Test
    void itIsCountedWhetherTheResidualsOfPromptsAreLookedAt() {
        int[] prompt = {5, 6, 7};
        StepInput input = input(new CacheLayout(2, 2, SLOTS, 300, 0));
        input.begin(0);
        input.read(0, prompt, 0, 2);
        assertThat(input.counts()).containsExactly(2, 0, 0, 0, 0);
        input.report(2, prompt, 1, TokenReport.ofPrompt(1));
        assertThat(input.reported()).singleElement().satisfies(part -> {
            assertThat(part.first()).isZero();
            assertThat(part.following()).containsExactly(6, 7);
        });
        assertThat(input.counts()).containsExactly(2, 0, 0, 0, 1);
        input.begin(0);
        assertThat(input.counts()).containsExactly(0, 0, 0, 0, 0);
    }

    private static StepInput input(CacheLayout layout) {
        return new StepInput(layout, StepShapes.FITTED, LongBuffer.allocate(100), LongBuffer.allocate(2 * SLOTS));
    }
}
