package dev.plumbline.reward.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class JudgedSequencesTest {

    private static final ModelVersion FIRST = ModelVersion.parse("reward@1");
    private static final ModelVersion SECOND = ModelVersion.parse("reward@2");
    private static final TokenSequence A = new TokenSequence(new int[] {1, 2, 3}, 1);
    private static final TokenSequence B = new TokenSequence(new int[] {1, 2, 4}, 1);

    private final JudgedSequences known = new JudgedSequences(1 << 20);
    private final List<TokenSequence> computed = new ArrayList<>();

    @Test
    void a_repeat_is_answered_exactly_and_not_computed() {
        float[] first = known.scores(FIRST, List.of(A, B), scored(0.1f));
        float[] again = known.scores(FIRST, List.of(B, copy(A)), scored(7));
        assertThat(again).containsExactly(first[1], first[0]);
        assertThat(computed).containsExactly(A, B);
        assertThat(known.hits()).isEqualTo(2);
        assertThat(known.misses()).isEqualTo(2);
    }

    @Test
    void equal_sequences_are_computed_once() {
        assertThat(known.scores(FIRST, List.of(A, copy(A), B), scored(3)))
                .containsExactly(3 + sum(A), 3 + sum(A), 3 + sum(B));
        assertThat(computed).containsExactly(A, B);
    }

    @Test
    void versions_do_not_mix() {
        known.scores(FIRST, List.of(A), scored(1));
        assertThat(known.scores(SECOND, List.of(A), scored(2))).containsExactly(2 + sum(A));
        assertThat(known.scores(FIRST, List.of(A), scored(3))).containsExactly(1 + sum(A));
    }

    @Test
    void temperatures_and_prompts_do_not_mix() {
        TokenSequence longerPrompt = new TokenSequence(A.ids(), 2);
        assertThat(known.logProbs(FIRST, 1, List.of(A, longerPrompt), logProbs(1)))
                .isDeepEqualTo(new float[][] {{1, 1}, {1}});
        assertThat(known.logProbs(FIRST, 0.5f, List.of(A), logProbs(2))).isDeepEqualTo(new float[][] {{2, 2}});
        assertThat(known.logProbs(FIRST, 1, List.of(A), logProbs(3))).isDeepEqualTo(new float[][] {{1, 1}});
    }

    @Test
    void a_score_does_not_depend_on_where_the_prompt_ends() {
        known.scores(FIRST, List.of(A), scored(1));
        assertThat(known.scores(FIRST, List.of(new TokenSequence(A.ids(), 3)), scored(2)))
                .containsExactly(1 + sum(A));
    }

    @Test
    void no_more_is_kept_than_the_bound_allows() {
        long bound = 4096;
        JudgedSequences bounded = new JudgedSequences(bound);
        for (int i = 0; i < 1000; i++) {
            bounded.scores(FIRST, List.of(new TokenSequence(new int[] {i}, 1)), scored(i));
        }
        assertThat(bounded.bytes()).isPositive().isLessThanOrEqualTo(bound);
    }

    @Test
    void a_bound_of_zero_keeps_nothing() {
        JudgedSequences none = new JudgedSequences(0);
        none.scores(FIRST, List.of(A), scored(1));
        assertThat(none.scores(FIRST, List.of(A), scored(2))).containsExactly(2 + sum(A));
    }

    private Function<List<TokenSequence>, float[]> scored(float offset) {
        return sequences -> {
            computed.addAll(sequences);
            float[] scores = new float[sequences.size()];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = offset + sum(sequences.get(i));
            }
            return scores;
        };
    }

    private static Function<List<TokenSequence>, float[][]> logProbs(float each) {
        return sequences -> sequences.stream()
                .map(sequence -> {
                    float[] numbers = new float[sequence.responseLength()];
                    Arrays.fill(numbers, each);
                    return numbers;
                })
                .toArray(float[][]::new);
    }

    private static float sum(TokenSequence sequence) {
        return Arrays.stream(sequence.ids()).sum();
    }

    private static TokenSequence copy(TokenSequence sequence) {
        return new TokenSequence(sequence.ids().clone(), sequence.promptLength());
    }
}
