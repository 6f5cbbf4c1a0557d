package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a model says of a sequence and learns from it, beside others of the same prompt or of another, against the same alone. */
class SharedPromptTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    /** Absolute of scores and values; of log-probabilities and entropies relative beyond 1, since a random token's may be -35. */
    private static final float TOLERANCE = 2e-5f;

    private static final int MOST_ANSWERS = 9;

    static List<ModelVectors> models() throws IOException {
        return ModelVectors.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void upToNineAnswersToOnePromptAreEachWhatTheyAreAlone(ModelVectors model) {
        Random random = new Random(1);
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (int answers = 1; answers <= MOST_ANSWERS; answers++) {
                assertSameAlone(frozen, group(frozen, random, answers));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void promptsThatAreSharedAndOthersAreComputedTogether(ModelVectors model) {
        Random random = new Random(2);
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            List<TokenSequence> mixed = new ArrayList<>();
            for (int answers : new int[] {4, 1, 9, 1, 2}) {
                mixed.addAll(group(frozen, random, answers));
            }
            assertSameAlone(frozen, mixed);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void promptsOfWhichNoneIsSharedAreComputedTogether(ModelVectors model) {
        Random random = new Random(3);
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            List<TokenSequence> single = new ArrayList<>();
            for (int i = 0; i < MOST_ANSWERS; i++) {
                single.addAll(group(frozen, random, 1));
            }
            assertSameAlone(frozen, single);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aBudgetChangesNothingButWhatIsComputedTogether(ModelVectors model) {
        Random random = new Random(4);
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            List<TokenSequence> all = new ArrayList<>();
            for (int answers : new int[] {5, 1, 3}) {
                all.addAll(group(frozen, random, answers));
            }
            MicroBatch batch = new MicroBatch(all, 1);
            Outputs together = frozen.evaluate(batch);
            for (int tokens : new int[] {1, 3 * longest(all), all.size() * longest(all)}) {
                assertSame(frozen.evaluate(batch, new TokenBudget(tokens)), together);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsOfSharedPromptsAreTheSumOfThoseOfEachAlone(ModelVectors model) {
        List<TokenSequence> mixed = new ArrayList<>();
        Random random = new Random(5);
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (int answers : new int[] {3, 1, 2}) {
                mixed.addAll(group(frozen, random, answers));
            }
        }
        List<float[]> together = gradients(model, List.of(mixed));
        List<float[]> alone = gradients(model, mixed.stream().map(List::of).toList());
        for (int i = 0; i < alone.size(); i++) {
            float largest = 1;
            for (float element : alone.get(i)) {
                largest = Math.max(largest, Math.abs(element));
            }
            assertThat(together.get(i))
                    .as("gradient %d", i)
                    .containsExactly(alone.get(i), within(ModelVectors.GRADIENT_TOLERANCE * largest));
        }
    }

    /** Of the sum of all log-probabilities, or of all values and scores. */
    private static List<float[]> gradients(ModelVectors model, List<List<TokenSequence>> batches) {
        try (TrainableModel trainable = TrainableModel.load(model.directory(), SETTINGS)) {
            for (List<TokenSequence> batch : batches) {
                trainable.accumulate(
                        new MicroBatch(batch, 1),
                        outputs -> new OutputDerivatives(
                                ones(outputs.logProbs()),
                                ones(outputs.entropies()),
                                ones(outputs.values()),
                                ones(outputs.scores())));
            }
            return trainable.layout().tensors().stream()
                    .map(trainable::gradient)
                    .toList();
        }
    }

    private static float[][] ones(float[][] rows) {
        return Arrays.stream(rows).map(SharedPromptTest::ones).toArray(float[][]::new);
    }

    private static float[] ones(float[] row) {
        float[] ones = new float[row.length];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static int longest(List<TokenSequence> sequences) {
        return sequences.stream()
                .mapToInt(sequence -> sequence.ids().length)
                .max()
                .orElseThrow();
    }

    /** Answers of many lengths, among them an empty one and one of a single token, to one prompt of a random length. */
    private static List<TokenSequence> group(FrozenModel model, Random random, int answers) {
        int context = model.config().maxPositions();
        int[] prompt = ids(model, random, 1 + random.nextInt(context / 2));
        return IntStream.range(0, answers)
                .mapToObj(k -> {
                    int room = context - prompt.length;
                    int[] answer = ids(model, random, k < 2 ? k : random.nextInt(room + 1));
                    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
                    System.arraycopy(answer, 0, all, prompt.length, answer.length);
                    return new TokenSequence(all, prompt.length);
                })
                .toList();
    }

    private static int[] ids(FrozenModel model, Random random, int count) {
        return random.ints(count, 0, model.config().vocabularySize()).toArray();
    }

    private static void assertSameAlone(FrozenModel model, List<TokenSequence> sequences) {
        for (float temperature : new float[] {0.7f, 1}) {
            List<Outputs> alone = sequences.stream()
                    .map(sequence -> model.evaluate(new MicroBatch(List.of(sequence), temperature)))
                    .toList();
            List<List<Integer>> indices =
                    IntStream.range(0, sequences.size()).mapToObj(List::of).toList();
            assertSame(model.evaluate(new MicroBatch(sequences, temperature)), Outputs.scattered(alone, indices));
        }
    }

    private static void assertSame(Outputs actual, Outputs expected) {
        assertSameNumbers("scores", actual.scores(), expected.scores(), false);
        assertSameRows("log-probabilities", actual.logProbs(), expected.logProbs(), true);
        assertSameRows("entropies", actual.entropies(), expected.entropies(), true);
        assertSameRows("values", actual.values(), expected.values(), false);
    }

    private static void assertSameRows(String what, float[][] actual, float[][] expected, boolean relative) {
        assertThat(actual).hasNumberOfRows(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertSameNumbers(what + " of sequence " + i, actual[i], expected[i], relative);
        }
    }

    private static void assertSameNumbers(String what, float[] actual, float[] expected, boolean relative) {
        assertThat(actual).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            float tolerance = TOLERANCE * (relative ? Math.max(1, Math.abs(expected[i])) : 1);
            assertThat(actual[i]).as("%s, number %d", what, i).isCloseTo(expected[i], within(tolerance));
        }
    }
}
