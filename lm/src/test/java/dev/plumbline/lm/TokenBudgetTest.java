package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is computed together, within how many tokens, and how much of that is padding. */
class TokenBudgetTest {
    private static final int ROUNDS = 300;

    @Test
    void sequencesOfLikeLengthFillEachPart() {
        List<TokenSequence> sequences =
                IntStream.of(5, 1, 4, 2, 3).mapToObj(TokenBudgetTest::ofLength).toList();

        assertThat(new TokenBudget(8).parts(sequences))
                .as("1 and 2 take 4 tokens, 3 and 4 take 8, with 5 it would be 15")
                .containsExactly(List.of(1, 3), List.of(4, 2), List.of(0));
        assertThat(new TokenBudget(8).parts(List.of())).isEmpty();
    }

    @Test
    void answersToOnePromptStayTogether() {
        List<TokenSequence> sequences = List.of(to(7, 9), to(8, 10), to(7, 2), to(8, 3), to(7, 11));

        assertThat(new TokenBudget(1000).parts(sequences)).containsExactly(List.of(3, 1, 2, 0, 4));
        assertThat(new TokenBudget(24).parts(sequences)).containsExactly(List.of(3, 1), List.of(2, 0), List.of(4));
    }

    @Test
    void everySequenceIsInOnePartWithinTheBudgetUnlessItIsLongerAlone() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<TokenSequence> sequences = IntStream.range(0, random.nextInt(40))
                    .mapToObj(i -> to(random.nextInt(6), random.nextInt(30)))
                    .toList();
            TokenBudget budget = new TokenBudget(1 + random.nextInt(200));

            List<List<Integer>> parts = budget.parts(sequences);

            String which = "seed %d, round %d".formatted(seed, round);
            List<Integer> inOrder = parts.stream().flatMap(List::stream).toList();
            assertThat(inOrder)
                    .as(which)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, sequences.size()).boxed().toList());
            for (List<Integer> part : parts) {
                assertThat(part.size() == 1 || padded(part, sequences) <= budget.tokens())
                        .as("%s: %s within %s", which, part, budget)
                        .isTrue();
            }
            assertThat(prompts(inOrder, sequences)).as(which).doesNotHaveDuplicates();
        }
    }

    /**
     * With the longest of each part no longer than the shortest of the next, the parts' paddings add up to no more than one of the
     * largest part between the shortest and the longest sequence there is.
     */
    @Test
    void sequencesWithoutACommonPromptAreHardlyPaddedAndNoPartHasRoomForTheNext() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<TokenSequence> sequences = IntStream.range(0, 1 + random.nextInt(40))
                    .mapToObj(i -> ofLength(1 + random.nextInt(60)))
                    .toList();
            TokenBudget budget = new TokenBudget(1 + random.nextInt(300));

            List<List<Integer>> parts = budget.parts(sequences);

            String which = "seed %d, round %d".formatted(seed, round);
            int[] lengths = sequences.stream()
                    .mapToInt(sequence -> sequence.ids().length)
                    .sorted()
                    .toArray();
            int largest = parts.stream().mapToInt(List::size).max().orElseThrow();
            int padding =
                    parts.stream().mapToInt(part -> padded(part, sequences)).sum()
                            - Arrays.stream(lengths).sum();
            assertThat(padding).as(which).isLessThanOrEqualTo(largest * (lengths[lengths.length - 1] - lengths[0]));
            for (int i = 1; i < parts.size(); i++) {
                List<Integer> withNext = new ArrayList<>(parts.get(i - 1));
                withNext.add(parts.get(i).get(0));
                assertThat(padded(withNext, sequences)).as(which).isGreaterThan(budget.tokens());
            }
        }
    }

    /** Tokens that a part takes. */
    private static int padded(List<Integer> part, List<TokenSequence> sequences) {
        int longest = part.stream()
                .map(i -> sequences.get(i).ids().length)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return longest * part.size();
    }

    /** The prompts of sequences in this order, each run of the same one once. */
    private static List<Integer> prompts(List<Integer> inOrder, List<TokenSequence> sequences) {
        List<Integer> prompts = new ArrayList<>();
        for (int i : inOrder) {
            int prompt = sequences.get(i).ids()[0];
            if (prompts.isEmpty() || prompts.get(prompts.size() - 1) != prompt) {
                prompts.add(prompt);
            }
        }
        return prompts;
    }

    /** Without a prompt. */
    private static TokenSequence ofLength(int length) {
        return new TokenSequence(new int[length], 0);
    }

    /** One token of a prompt, and an answer. */
    private static TokenSequence to(int prompt, int answer) {
        int[] ids = new int[1 + answer];
        ids[0] = prompt;
        return new TokenSequence(ids, 1);
    }
}
