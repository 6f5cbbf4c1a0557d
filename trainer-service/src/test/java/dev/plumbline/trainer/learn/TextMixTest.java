package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.TokenSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TextMixTest {
    private static final List<TokenSequence> TEXTS = IntStream.range(0, 7)
            .mapToObj(i -> new TokenSequence(new int[] {i, i}, 1))
            .toList();

    @Test
    void aTenthOfAllExamplesAreTextsWhateverTheBatches() {
        TextMix mix = TextMix.ofShare(TEXTS, 0.1, 5);
        List<TokenSequence> taken = new ArrayList<>();
        for (long step = 0; step < 90; step++) {
            List<TokenSequence> batch = mix.beside(4 * step, 4 * step + 4);
            assertThat(batch).hasSizeLessThanOrEqualTo(1);
            taken.addAll(batch);
        }
        assertThat(taken).hasSize(40); // beside 360 demonstrations
        assertThat(taken.subList(0, 7)).containsExactlyInAnyOrderElementsOf(TEXTS);
        assertThat(taken.subList(7, 14)).containsExactlyInAnyOrderElementsOf(TEXTS);
    }

    @Test
    void aBatchHasTheSameTextsWheneverItIsAsked() {
        TextMix whole = TextMix.ofShare(TEXTS, 0.5, 5);
        whole.beside(0, 12);
        List<TokenSequence> third = whole.beside(8, 12);
        assertThat(third).hasSize(4).isEqualTo(TextMix.ofShare(TEXTS, 0.5, 5).beside(8, 12));
        assertThat(third).isNotEqualTo(TextMix.ofShare(TEXTS, 0.5, 6).beside(8, 12));
    }
}
