package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainableModelTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);
    private static final double RATE = 1e-3;

    @TempDir
    Path root;

    @Test
    void learningGoesOnBitByBitAfterSavingAndRestoring() throws IOException {
        Path directory = SmallModel.qwen3(root.resolve("start"));
        List<float[]> uninterrupted;
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            learn(model, 0, 3);
            model.save(root.resolve("saved"));
            model.saveTrainingState(root.resolve("state"));
            learn(model, 3, 6);
            uninterrupted = weights(model);
        }
        try (TrainableModel model = TrainableModel.load(root.resolve("saved"), SETTINGS)) {
            model.restoreTrainingState(root.resolve("state"));
            learn(model, 3, 6);
            assertThat(weights(model)).usingElementComparator(Arrays::compare).isEqualTo(uninterrupted);
        }
        try (TrainableModel model = TrainableModel.load(root.resolve("saved"), SETTINGS)) {
            learn(model, 3, 6);
            assertThat(weights(model))
                    .as("without the training state")
                    .usingElementComparator(Arrays::compare)
                    .isNotEqualTo(uninterrupted);
        }
    }

    @Test
    void theNormOfWhatIsAddedIsThatOfItsGradientsAlone() throws IOException {
        Path directory = SmallModel.qwen3(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            model.accumulate(batch(1), TrainableModelTest::derivatives);
            double alone = model.gradientNorm();
            model.accumulate(batch(2), TrainableModelTest::derivatives);
            double together = model.gradientNorm();
            model.step(OPTIMIZER, 0);

            model.accumulate(batch(2), TrainableModelTest::derivatives);
            double added = model.normOfAdded(() -> model.accumulate(batch(1), TrainableModelTest::derivatives));

            assertThat(added).isCloseTo(alone, within(1e-5 * alone));
            assertThat(model.gradientNorm()).isCloseTo(together, within(1e-5 * together));
        }
    }

    @Test
    void theAverageFollowsTheWeightsAndGoesOnBitByBitAfterSavingAndRestoring() throws IOException {
        Path directory = SmallModel.qwen3(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            List<float[]> expected = weights(model);
            WeightAverage average = model.average();
            for (int step = 0; step < 3; step++) {
                learn(model, step, step + 1);
                average.update(0.9);
                List<float[]> now = weights(model);
                for (int i = 0; i < now.size(); i++) {
                    for (int k = 0; k < now.get(i).length; k++) {
                        expected.get(i)[k] = (float) (0.9 * expected.get(i)[k] + 0.1 * now.get(i)[k]);
                    }
                }
            }
            average.save(root.resolve("average"));
            try (TrainableModel averaged = TrainableModel.load(root.resolve("average"), SETTINGS)) {
                List<float[]> found = weights(averaged);
                for (int i = 0; i < found.size(); i++) {
                    assertThat(found.get(i)).containsExactly(expected.get(i), within(1e-6f));
                }
            }
            WeightAverage restored = model.average();
            restored.restore(root.resolve("average"));
            learn(model, 3, 4);
            average.update(0.9);
            restored.update(0.9);
            average.save(root.resolve("undisturbed"));
            restored.save(root.resolve("restored"));
        }
        assertThat(root.resolve("restored").resolve("model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("undisturbed").resolve("model.safetensors"));
    }

    @Test
    void theSameSeedStartsTheSameModel() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel first = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS);
                TrainableModel second = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            assertThat(weights(first)).usingElementComparator(Arrays::compare).isEqualTo(weights(second));
        }
    }

    @Test
    void stepsLowerTheLoss() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            MicroBatch batch = batch(0);
            double before = loss(model.evaluate(batch));
            for (int step = 0; step < 20; step++) {
                model.accumulate(batch, TrainableModelTest::derivatives);
                model.step(OPTIMIZER, 1e-2);
            }
            assertThat(loss(model.evaluate(batch))).isLessThan(before - 1);
        }
    }

    @Test
    void aGradientThatIsNotFiniteIsRefusedAndChangesNothing() throws IOException {
        Path directory = SmallModel.qwen3(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS);
                TrainableModel twin = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                model.accumulate(batch(0), outputs -> {
                    OutputDerivatives derivatives = derivatives(outputs);
                    derivatives.logProbs()[1][0] = bad;
                    return derivatives;
                });
                assertThatThrownBy(() -> model.step(OPTIMIZER, RATE))
                        .isInstanceOf(ArithmeticException.class)
                        .hasMessageContaining("the weights were not changed");
            }
            assertThat(model.gradientNorm()).isZero();
            learn(model, 0, 2);
            learn(twin, 0, 2);
            assertThat(weights(model)).usingElementComparator(Arrays::compare).isEqualTo(weights(twin));
        }
    }

    /** With gradients of zero AdamW moves nothing, so that what is left of a weight is what decay left. */
    @Test
    void matricesDecayAndBiasesNormsAndEmbeddingsOnlyIfAllDo() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        for (boolean decayAll : new boolean[] {false, true}) {
            try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
                List<float[]> before = weights(model);
                model.accumulate(batch(0), outputs -> OutputDerivatives.ofLogProbs(zeros(outputs.logProbs())));
                model.step(new AdamW(0.9, 0.95, 1e-8, 0.5, decayAll, 1), 0.1);
                for (TensorSpec tensor : model.layout().tensors()) {
                    boolean matrix = tensor.name().contains("attn.c_")
                            || tensor.name().contains("mlp.c_")
                            || tensor.name().equals("lm_head.weight");
                    boolean decays = decayAll || (matrix && tensor.name().endsWith(".weight"));
                    float[] expected =
                            before.get(model.layout().index(tensor.name())).clone();
                    for (int i = 0; i < expected.length; i++) {
                        expected[i] *= decays ? 0.95f : 1;
                    }
                    assertThat(model.weights(tensor)).as(tensor.name()).containsExactly(expected, within(1e-7f));
                }
            }
        }
    }

    private static float[][] zeros(float[][] rows) {
        return Arrays.stream(rows).map(row -> new float[row.length]).toArray(float[][]::new);
    }

    @Test
    void clippingScalesTheGradientToTheLimit() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            model.accumulate(batch(0), TrainableModelTest::derivatives);
            double norm = model.gradientNorm();
            double squares = 0;
            for (TensorSpec tensor : model.layout().tensors()) {
                for (float element : model.gradient(tensor)) {
                    squares += (double) element * element;
                }
            }
            assertThat(norm).isCloseTo(Math.sqrt(squares), within(1e-5 * norm));
            assertThat(model.step(OPTIMIZER, RATE)).isEqualTo(norm);
            assertThat(model.gradientNorm()).isZero();
        }
    }

    @Test
    void paddingDoesNotChangeWhatASequenceSays() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            MicroBatch batch = batch(0);
            Outputs together = model.evaluate(batch);
            for (int i = 0; i < batch.sequences().size(); i++) {
                Outputs alone =
                        model.evaluate(new MicroBatch(List.of(batch.sequences().get(i)), 0.7f));
                assertThat(alone.logProbs()[0]).containsExactly(together.logProbs()[i], within(1e-5f));
                assertThat(alone.entropies()[0]).containsExactly(together.entropies()[i], within(1e-5f));
            }
        }
    }

    @Test
    void aSequenceThatIsAllPromptHasNoOutputs() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        MicroBatch batch =
                new MicroBatch(List.of(new TokenSequence(new int[] {4}, 1), new TokenSequence(new int[] {4, 5}, 2)), 1);
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            assertThat(model.evaluate(batch).logProbs()).isDeepEqualTo(new float[2][0]);
            model.accumulate(batch, outputs -> OutputDerivatives.ofLogProbs(outputs.logProbs()));
            assertThat(model.gradientNorm()).isZero();
        }
        try (TrainableModel model =
                TrainableModel.load(SmallModel.withWeights(directory), new Start.RewardHead(1), SETTINGS)) {
            Outputs outputs = model.evaluate(batch);
            assertThat(outputs.values()).isDeepEqualTo(new float[2][0]);
            assertThat(outputs.scores()).hasSize(2);
        }
    }

    @Test
    void aModelWithoutWeightsIsNotTakenForOneThatHasThem() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        assertThatThrownBy(() -> TrainableModel.load(directory, SETTINGS))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("holds no tensor");
    }

    @Test
    void trainingStateOfAnotherModelIsRefused() throws IOException {
        try (TrainableModel gpt2 = TrainableModel.load(
                        SmallModel.gpt2(root.resolve("gpt2")), new Start.StoredOrRandom(3), SETTINGS);
                TrainableModel qwen3 = TrainableModel.load(
                        SmallModel.qwen3(root.resolve("qwen3")), new Start.StoredOrRandom(3), SETTINGS)) {
            gpt2.saveTrainingState(root.resolve("state"));
            assertThatThrownBy(() -> qwen3.restoreTrainingState(root.resolve("state")))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("exp_avg.model.embed_tokens.weight is missing")
                    .hasMessageContaining("exp_avg.transformer.wte.weight has no place in the model");
            gpt2.save(root.resolve("weights"));
            assertThatThrownBy(() -> gpt2.restoreTrainingState(root.resolve("weights/model.safetensors")))
                    .hasMessageContaining("it is no training state");
        }
    }

    @Test
    void whatWouldLoseOrMissGradientsIsRefused() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            assertThatThrownBy(() -> model.step(OPTIMIZER, RATE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no gradients were accumulated");
            model.accumulate(batch(0), TrainableModelTest::derivatives);
            assertThatThrownBy(() -> model.saveTrainingState(root.resolve("state")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("take the step before saving");
            assertThatThrownBy(() -> model.step(OPTIMIZER, -1))
                    .hasMessage("learningRate must be >= 0 and finite, got -1.0");
        }
    }

    @Test
    void derivativesOfOtherShapesOrOfOtherHeadsAreRefused() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            expectRefusal(model, OutputDerivatives.ofLogProbs(new float[2][1]), "derivatives of logProbs must have");
            expectRefusal(
                    model,
                    OutputDerivatives.ofLogProbs(new float[3][1]),
                    "derivatives of logProbs of sequence 0 must have the outputs' length");
            expectRefusal(model, OutputDerivatives.ofScores(new float[3]), "a model with a CAUSAL head has no scores");
        }
    }

    private static void expectRefusal(TrainableModel model, OutputDerivatives derivatives, String message) {
        assertThatThrownBy(() -> model.accumulate(batch(0), outputs -> derivatives))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void sequencesThatTheModelCannotReadAreRefused() throws IOException {
        Path directory = SmallModel.gpt2(root.resolve("start"));
        try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(3), SETTINGS)) {
            Function<TokenSequence, Runnable> evaluating =
                    sequence -> () -> model.evaluate(new MicroBatch(List.of(sequence), 1));
            assertThatThrownBy(() -> evaluating
                            .apply(new TokenSequence(new int[SmallModel.CONTEXT + 1], 1))
                            .run())
                    .hasMessage("sequence 0 has 41 tokens, the model's context is 40; shorten it");
            assertThatThrownBy(() -> evaluating
                            .apply(new TokenSequence(new int[] {1, SmallModel.VOCABULARY}, 1))
                            .run())
                    .hasMessage("sequence 0 has token id 50, the model's vocabulary has 50");
            assertThatThrownBy(() -> evaluating
                            .apply(new TokenSequence(new int[] {1, 2}, 0))
                            .run())
                    .hasMessageContaining("a language model predicts from at least one token");
            assertThatThrownBy(() ->
                            evaluating.apply(new TokenSequence(new int[0], 0)).run())
                    .hasMessage("sequence 0 has no tokens");
        }
    }

    private static void learn(TrainableModel model, int from, int to) {
        for (int step = from; step < to; step++) {
            model.accumulate(batch(2L * step), TrainableModelTest::derivatives);
            model.accumulate(batch(2L * step + 1), TrainableModelTest::derivatives);
            model.step(OPTIMIZER, RATE);
        }
    }

    /** Three sequences of random tokens and lengths at temperature 0.7. */
    static MicroBatch batch(long seed) {
        Random random = new Random(seed);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int[] ids = random.ints(8 + random.nextInt(20), 0, SmallModel.VOCABULARY)
                    .toArray();
            sequences.add(new TokenSequence(ids, 1 + random.nextInt(4)));
        }
        return new MicroBatch(sequences, 0.7f);
    }

    static double loss(Outputs outputs) {
        return -Arrays.stream(outputs.logProbs())
                .mapToDouble(row -> {
                    double sum = 0;
                    for (float logProb : row) {
                        sum += logProb;
                    }
                    return sum / row.length;
                })
                .average()
                .orElseThrow();
    }

    /** Of the mean over the rows of each row's mean of -log p. */
    static OutputDerivatives derivatives(Outputs outputs) {
        float[][] derivatives = new float[outputs.logProbs().length][];
        for (int i = 0; i < derivatives.length; i++) {
            derivatives[i] = new float[outputs.logProbs()[i].length];
            Arrays.fill(derivatives[i], -1f / derivatives.length / derivatives[i].length);
        }
        return OutputDerivatives.ofLogProbs(derivatives);
    }

    private static List<float[]> weights(TrainableModel model) {
        return model.layout().tensors().stream().map(model::weights).toList();
    }
}
