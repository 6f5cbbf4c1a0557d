package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.TextStream;
import dev.plumbline.lm.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;

/** Many answers of different depths that come and go. */
final class SlotTableTest {
    private static final int SLOTS = 9;

    /** Levels of 128, 128, 256 and 512 positions, fewer slots the deeper. */
    private final CacheLayout layout = new CacheLayout(1, 1, SLOTS, 1024, 2 * 4000);

    /** Whose content each slot holds. */
    private final Answer[] memory = new Answer[SLOTS];

    private final SlotTable table = new SlotTable(layout, (answer, from, to) -> {
        assertThat(memory[from]).as("what slot " + from + " holds").isSameAs(answer);
        memory[to] = answer;
    });

    @RepeatedTest(5)
    void deeperAnswersComeFirstAndEachKeepsItsContent() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed + "L");
        Random random = new Random(seed);
        Path model = GreedyVectors.models().get(0);
        int refused = 0;
        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            EndTokens ends = EndTokens.read(model, tokenizer);
            for (int round = 0; round < 5000; round++) {
                int depth = 1 + random.nextInt(layout.levels().size());
                int count = 1 + random.nextInt(3);
                if (random.nextBoolean() && table.size() > 0) {
                    table.remove(random.nextInt(table.size()));
                } else if (table.fits(Collections.nCopies(count, depth))) {
                    List<Answer> added = IntStream.range(0, count)
                            .mapToObj(index ->
                                    new Answer(generation(), index, depth, ends, new TextStream(tokenizer, true)))
                            .toList();
                    int first = table.add(added);
                    assertThat(table.answers().subList(first, first + count)).isEqualTo(added);
                    for (int i = 0; i < count; i++) {
                        memory[first + i] = added.get(i);
                    }
                } else {
                    refused++;
                }
                assertWhole();
            }
        }
        assertThat(refused).isBetween(500, 4500);
    }

    private void assertWhole() {
        List<Answer> answers = new ArrayList<>(table.answers());
        assertThat(answers)
                .doesNotHaveDuplicates()
                .isSortedAccordingTo(Comparator.comparing(Answer::depth).reversed())
                .containsExactly(Arrays.copyOf(memory, answers.size()));
        long reserved = 0;
        for (int level = 0; level < layout.levels().size(); level++) {
            int reaching = level;
            long deep =
                    answers.stream().filter(answer -> answer.depth() > reaching).count();
            assertThat(deep).isLessThanOrEqualTo(layout.levels().get(level).slots());
            reserved += deep * layout.levels().get(level).length();
        }
        assertThat(table.reservedPositions()).isEqualTo(reserved);
    }

    private static Generation generation() {
        GenerationRequest request =
                GenerationRequest.of(new int[] {1}, 1, SamplingParameters.GREEDY, StopConditions.maxTokens(1), 0);
        return new Generation(request, new Collector());
    }
}
