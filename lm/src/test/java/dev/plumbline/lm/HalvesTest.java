package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.architecture.HeadKind;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HalvesTest {
    @Test
    void sequencesOfOneLengthAreDealtInTurn() {
        List<TokenSequence> sequences =
                IntStream.range(0, 6).mapToObj(i -> sequence(i, 4, 9)).toList();
        assertThat(halves(sequences, HeadKind.CAUSAL)).containsExactly(List.of(0, 2, 4), List.of(1, 3, 5));
    }

    @Test
    void theHalvesHaveAboutTheSameTokensNotTheSameSequences() {
        List<TokenSequence> sequences =
                List.of(sequence(1, 2, 10), sequence(2, 2, 20), sequence(3, 2, 60), sequence(4, 2, 30));
        assertThat(halves(sequences, HeadKind.SCORE)).containsExactly(List.of(2), List.of(0, 1, 3));
    }

    @Test
    void answersToOnePromptStayTogetherIfTheHalvesAreEvenThen() {
        List<TokenSequence> sequences =
                List.of(sequence(1, 30, 10), sequence(2, 30, 10), sequence(1, 30, 12), sequence(2, 30, 12));
        assertThat(halves(sequences, HeadKind.CAUSAL)).containsExactly(List.of(0, 2), List.of(1, 3));
    }

    @Test
    void answersToASinglePromptArePartedIfItIsShort() {
        List<TokenSequence> sequences = List.of(sequence(1, 4, 40), sequence(1, 4, 40));
        assertThat(halves(sequences, HeadKind.CAUSAL)).containsExactly(List.of(0), List.of(1));
    }

    @Test
    void whatCannotBeCutEvenlyStaysWhole() {
        assertThat(halves(List.of(sequence(1, 4, 9)), HeadKind.CAUSAL)).containsExactly(List.of(0));
        List<TokenSequence> uneven = List.of(sequence(1, 4, 9), sequence(2, 4, 90));
        assertThat(halves(uneven, HeadKind.CAUSAL)).containsExactly(List.of(0, 1));
        List<TokenSequence> longPrompt = List.of(sequence(1, 90, 9), sequence(1, 90, 9));
        assertThat(halves(longPrompt, HeadKind.CAUSAL)).containsExactly(List.of(0, 1));
    }

    @Test
    void sequencesOfWhichNothingIsPredictedMakeNoHalf() {
        List<TokenSequence> sequences = List.of(sequence(1, 50, 0), sequence(2, 4, 46));
        assertThat(halves(sequences, HeadKind.CAUSAL)).containsExactly(List.of(0, 1));
        assertThat(halves(sequences, HeadKind.SCORE)).containsExactly(List.of(0), List.of(1));
    }

    @Test
    void promptsThatAreComputedForEachSequenceAreCountedForEach() {
        List<TokenSequence> longPrompt = List.of(sequence(1, 90, 9), sequence(1, 90, 9));
        assertThat(Halves.of(new MicroBatch(longPrompt, 1, List.of(1L, 2L)), HeadKind.CAUSAL))
                .containsExactly(List.of(0), List.of(1));
    }

    private static List<List<Integer>> halves(List<TokenSequence> sequences, HeadKind head) {
        return Halves.of(new MicroBatch(sequences, 1), head);
    }

    private static TokenSequence sequence(int prompt, int promptLength, int responseLength) {
        int[] ids = new int[promptLength + responseLength];
        ids[0] = prompt;
        return new TokenSequence(ids, promptLength);
    }
}
