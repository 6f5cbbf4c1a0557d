package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.plumbline.lm.generate.CacheLayout.Level;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CacheLayoutTest {
    private static final int LAYERS = 3;
    private static final int HEADS = 2;
    private static final long PER_POSITION = 2L * LAYERS * HEADS;

    @Test
    void eachLevelIsAsLongAsAllBeforeIt() {
        CacheLayout layout = new CacheLayout(LAYERS, HEADS, 4, 700, 0);
        assertThat(layout.levels()).extracting(Level::length).containsExactly(128, 128, 256, 188);
        assertThat(layout.levels()).extracting(Level::start).containsExactly(0, 128, 256, 512);
        assertThat(layout.levels()).extracting(Level::slots).containsOnly(4);
        assertThat(layout.vectors()).isEqualTo(4 * 700 * PER_POSITION);
        assertThat(IntStream.of(0, 1, 128, 129, 256, 257, 700).map(layout::depth))
                .containsExactly(0, 1, 1, 2, 2, 3, 4);
    }

    @Test
    void everyPositionOfEverySlotHasItsOwnVectors() {
        CacheLayout layout = new CacheLayout(LAYERS, HEADS, 3, 300, 0);
        Set<Long> vectors = new HashSet<>();
        for (int slot = 0; slot < 3; slot++) {
            for (int position = 0; position < 300; position++) {
                Level level = layout.level(position);
                for (int layerSide = 0; layerSide < 2 * LAYERS; layerSide++) {
                    for (int head = 0; head < HEADS; head++) {
                        vectors.add(
                                layout.cell(slot, position) + layerSide * level.side() + (long) head * level.length());
                    }
                }
            }
        }
        assertThat(vectors)
                .hasSize((int) layout.vectors())
                .allMatch(vector -> vector >= 0 && vector < layout.vectors());
    }

    @Test
    void lessMemoryHasFewerOfTheLongSlots() {
        for (int tokens = 1024; tokens <= 16 * 1024; tokens += 512) {
            CacheLayout layout = new CacheLayout(LAYERS, HEADS, 16, 1024, tokens * PER_POSITION);
            assertThat(layout.vectors()).isLessThanOrEqualTo(tokens * PER_POSITION);
            assertThat(layout.slots(1024)).isPositive();
            assertThat(layout.levels())
                    .extracting(Level::slots)
                    .isSortedAccordingTo((a, b) -> b - a)
                    .allMatch(slots -> slots <= 16);
        }
        CacheLayout half = new CacheLayout(LAYERS, HEADS, 16, 1024, 8 * 1024 * PER_POSITION);
        assertThat(half.slots(128)).isEqualTo(16);
        assertThat(half.slots(1024)).isBetween(4, 8);
    }

    @Test
    void aCacheThatHoldsNoWholeSequenceIsRefusedWithTheFix() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CacheLayout(LAYERS, HEADS, 16, 1024, 1000 * PER_POSITION))
                .withMessageContaining("one sequence of 1024 tokens, it holds 1000")
                .withMessageContaining("shorten the context");
    }
}
