package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On one thread a micro-batch is computed whole, on two in halves. */
class LearningInHalvesTest {
    private static final ComputeSettings ONE = ComputeSettings.cpu(1);
    private static final ComputeSettings TWO = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);
    private static final Learned ALL = new Learned.Everything();
    private static final Start RANDOM = new Start.StoredOrRandom(3);

    @TempDir
    Path root;

    @Test
    void theGradientsAreThoseOfTheWhole() throws IOException {
        expectSame(SmallModel.qwen3(root.resolve("qwen3")), RANDOM, ALL, false, TrainableModelTest::derivatives);
        expectSame(SmallModel.gpt2(root.resolve("gpt2")), RANDOM, ALL, false, TrainableModelTest::derivatives);
    }

    @Test
    void theGradientsOfRecomputedLayersAreThoseOfTheWhole() throws IOException {
        expectSame(SmallModel.qwen3(root.resolve("qwen3")), RANDOM, ALL, true, TrainableModelTest::derivatives);
    }

    @Test
    void theGradientsOfAdaptersAreThoseOfTheWhole() throws IOException {
        Learned adapters = new Learned.Adapters(new Lora(3, 6, List.of("q_proj", "down_proj")), 5);
        expectSame(SmallModel.qwen3(root.resolve("qwen3")), RANDOM, adapters, false, TrainableModelTest::derivatives);
    }

    @Test
    void theGradientsOfScoresAndValuesAreThoseOfTheWhole() throws IOException {
        Path causal = root.resolve("causal");
        try (TrainableModel model = TrainableModel.load(SmallModel.gpt2(root.resolve("gpt2")), RANDOM, ONE)) {
            model.save(causal);
        }
        expectSame(causal, new Start.RewardHead(1), ALL, false, outputs -> {
            float[] scores = new float[outputs.scores().length];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = i - 1.5f;
            }
            return new OutputDerivatives(Outputs.NONE, Outputs.NONE, outputs.values(), scores);
        });
    }

    private static void expectSame(
            Path directory,
            Start start,
            Learned learned,
            boolean recomputing,
            Function<Outputs, OutputDerivatives> loss) {
        Learning learning = new Learning(learned, new GradientForm(recomputing, false));
        try (TrainableModel whole = TrainableModel.load(directory, start, learning, ONE);
                TrainableModel halves = TrainableModel.load(directory, start, learning, TWO)) {
            for (int step = 0; step < 3; step++) {
                for (int part = 0; part < 2; part++) {
                    MicroBatch batch =
                            evenBatch(2L * step + part, halves.config().head());
                    Outputs expected = whole.evaluate(batch);
                    Outputs found = halves.evaluate(batch);
                    expectRows(found.logProbs(), expected.logProbs());
                    expectRows(found.entropies(), expected.entropies());
                    expectRows(found.values(), expected.values());
                    assertThat(found.scores()).containsExactly(expected.scores(), within(1e-5f));
                    whole.accumulate(batch, loss);
                    halves.accumulate(batch, loss);
                }
                expectGradients(halves, whole, "in halves, step " + step);
                whole.step(OPTIMIZER, 1e-3);
                halves.step(OPTIMIZER, 1e-3);
            }
        }
    }

    static void expectGradients(TrainableModel found, TrainableModel expected, String what) {
        for (TensorSpec tensor : expected.parameters().learned()) {
            float[] gradient = expected.gradient(tensor);
            float largest = 1;
            for (float element : gradient) {
                largest = Math.max(largest, Math.abs(element));
            }
            assertThat(found.gradient(tensor))
                    .as("%s, %s", what, tensor.name())
                    .containsExactly(gradient, within(2e-5f * largest));
        }
    }

    private static void expectRows(float[][] found, float[][] expected) {
        assertThat(found.length).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).containsExactly(expected[i], within(1e-5f));
        }
    }

    @Test
    void theOrderOfTheSequencesChangesTheGradientsByRoundingOnly() throws IOException {
        Path causal = SmallModel.withWeights(SmallModel.gpt2(root.resolve("gpt2")));
        for (ComputeSettings settings : List.of(ONE, TWO)) {
            // Losses with another derivative for every token, so that none can stand for another one.
            expectSameInAnyOrder(
                    causal,
                    new Start.AsStored(),
                    settings,
                    outputs -> OutputDerivatives.ofLogProbs(outputs.logProbs()));
            expectSameInAnyOrder(
                    causal,
                    new Start.RewardHead(1),
                    settings,
                    outputs -> new OutputDerivatives(Outputs.NONE, Outputs.NONE, outputs.values(), outputs.scores()));
        }
    }

    private static void expectSameInAnyOrder(
            Path directory, Start start, ComputeSettings settings, Function<Outputs, OutputDerivatives> loss) {
        try (TrainableModel model = TrainableModel.load(directory, start, settings);
                TrainableModel permuted = TrainableModel.load(directory, start, settings)) {
            MicroBatch batch = evenBatch(7, model.config().head());
            model.accumulate(batch, loss);
            assertThat(model.gradientNorm()).isGreaterThan(1);
            for (int order = 0; order < 3; order++) {
                List<TokenSequence> sequences = new ArrayList<>(batch.sequences());
                Collections.shuffle(sequences, new Random(order));
                permuted.accumulate(new MicroBatch(sequences, batch.temperature()), loss);
                expectGradients(permuted, model, "order " + order);
                permuted.step(OPTIMIZER, 0);
            }
        }
    }

    @Test
    void learningAgainGivesTheSameWeightsBitByBit() throws IOException {
        Path directory = SmallModel.qwen3(root.resolve("qwen3"));
        List<float[]> first = learnt(directory);
        for (int repetition = 0; repetition < 5; repetition++) {
            assertThat(learnt(directory))
                    .usingElementComparator(Arrays::compare)
                    .isEqualTo(first);
        }
    }

    private static List<float[]> learnt(Path directory) {
        try (TrainableModel model = TrainableModel.load(directory, RANDOM, TWO)) {
            for (int step = 0; step < 10; step++) {
                model.accumulate(evenBatch(step, HeadKind.CAUSAL), TrainableModelTest::derivatives);
                model.step(OPTIMIZER, 1e-3);
            }
            return model.layout().tensors().stream().map(model::weights).toList();
        }
    }

    /** Answers of several lengths to four prompts, in an order that is not that of the halves. */
    static MicroBatch evenBatch(long seed, HeadKind head) {
        Random random = new Random(seed);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int prompt = 0; prompt < 4; prompt++) {
            int[] shared = random.ints(5, 0, SmallModel.VOCABULARY).toArray();
            for (int i = 0; i < 2; i++) {
                int[] ids = Arrays.copyOf(shared, 18 + random.nextInt(3));
                for (int t = shared.length; t < ids.length; t++) {
                    ids[t] = random.nextInt(SmallModel.VOCABULARY);
                }
                sequences.add(new TokenSequence(ids, shared.length));
            }
        }
        Collections.shuffle(sequences, random);
        MicroBatch batch = new MicroBatch(sequences, 0.7f);
        assertThat(Halves.of(batch, head)).hasSize(2);
        return batch;
    }
}
