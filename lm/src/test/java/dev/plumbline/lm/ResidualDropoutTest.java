package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidualDropoutTest {
    private static final double PROBABILITY = 0.25;
    private static final ComputeSettings ONE = ComputeSettings.cpu(1);
    private static final ComputeSettings TWO = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);
    private static final Start RANDOM = new Start.StoredOrRandom(3);
    private static final Learned ALL = new Learned.Everything();

    @TempDir
    Path root;

    @Test
    void outputsAndGradientsAreThoseOfAModelThatLeavesTheSameOut() throws IOException {
        MicroBatch batch = seeded(TrainableModelTest.batch(0));
        try (TrainableModel model = model(SmallModel.gpt2(root.resolve("gpt2")), ALL, false, TWO)) {
            // Larger than at the start, so that what layers add counts beside the embeddings.
            for (int step = 0; step < 20; step++) {
                model.accumulate(batch, TrainableModelTest::derivatives);
                model.step(OPTIMIZER, 1e-2);
            }
            List<PlainGpt2> plain = plain(model, batch);
            model.accumulate(batch, outputs -> {
                for (int i = 0; i < plain.size(); i++) {
                    assertThat(outputs.logProbs()[i]).containsExactly(floats(logProbs(plain, batch, i)), within(2e-5f));
                }
                return TrainableModelTest.derivatives(outputs);
            });
            for (TensorSpec tensor : model.layout().tensors()) {
                expectDifferences(tensor, model.gradient(tensor), plain, batch);
            }
        }
    }

    private static List<PlainGpt2> plain(TrainableModel model, MicroBatch batch) {
        int branches = 2 * model.config().layers();
        int width = model.config().hiddenSize();
        return batch.seeds().stream()
                .map(seed -> new PlainGpt2(model, factors(seed, branches, width)))
                .toList();
    }

    private static double[][][] factors(long seed, int branches, int width) {
        double[][][] factors = new double[branches][SmallModel.CONTEXT][width];
        for (int branch = 0; branch < branches; branch++) {
            for (int position = 0; position < SmallModel.CONTEXT; position++) {
                for (int column = 0; column < width; column++) {
                    boolean leftOut = LeftOut.is(PROBABILITY, seed, position, width, branch, column);
                    factors[branch][position][column] = leftOut ? 0 : 1 / (1 - PROBABILITY);
                }
            }
        }
        return factors;
    }

    private static double[] logProbs(List<PlainGpt2> plain, MicroBatch batch, int sequence) {
        return plain.get(sequence).logProbs(batch.sequences().get(sequence), batch.temperature());
    }

    private static float[] floats(double[] numbers) {
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    /** Of the two elements with the largest gradients. */
    private static void expectDifferences(
            TensorSpec tensor, float[] gradient, List<PlainGpt2> plain, MicroBatch batch) {
        List<Integer> largest = IntStream.range(0, gradient.length)
                .boxed()
                .sorted((a, b) -> Float.compare(Math.abs(gradient[b]), Math.abs(gradient[a])))
                .limit(2)
                .toList();
        for (int element : largest) {
            float step = 0x1p-9f;
            double difference =
                    (shifted(tensor, element, step, plain, batch) - shifted(tensor, element, -step, plain, batch))
                            / (2 * step);
            assertThat((double) gradient[element])
                    .as("%s, element %d", tensor.name(), element)
                    .isCloseTo(difference, within(1e-5 + 1e-3 * Math.abs(difference)));
        }
    }

    private static double shifted(TensorSpec tensor, int element, float by, List<PlainGpt2> plain, MicroBatch batch) {
        double loss = 0;
        for (int i = 0; i < plain.size(); i++) {
            float[] weight = plain.get(i).weight(tensor.name());
            float before = weight[element];
            weight[element] += by;
            for (double logProb : logProbs(plain, batch, i)) {
                loss -= logProb / plain.size() / batch.sequences().get(i).responseLength();
            }
            weight[element] = before;
        }
        return loss;
    }

    @Test
    void neitherTheOrderNorTheCompanyOfASequenceNorTheThreadsChangeWhatIsLeftOut() throws IOException {
        Path qwen3 = SmallModel.qwen3(root.resolve("qwen3"));
        Learned adapters = new Learned.Adapters(new Lora(3, 6, List.of("q_proj", "down_proj")), 5);
        // Several sequences have one prompt.
        MicroBatch batch = seeded(LearningInHalvesTest.evenBatch(7, HeadKind.CAUSAL));
        for (Learned learned : List.of(ALL, adapters)) {
            try (TrainableModel whole = model(qwen3, learned, false, ONE);
                    TrainableModel halves = model(qwen3, learned, false, TWO);
                    TrainableModel singly = model(qwen3, learned, true, ONE)) {
                accumulate(whole, batch);
                assertThat(whole.gradientNorm()).isGreaterThan(0.1);
                List<Integer> order = new ArrayList<>(Halves.all(batch.sequences()));
                Collections.shuffle(order, new Random(1));
                accumulate(halves, batch.chosen(order));
                LearningInHalvesTest.expectGradients(halves, whole, "in halves and another order");
                order.forEach(i -> accumulate(singly, batch.chosen(List.of(i))));
                LearningInHalvesTest.expectGradients(singly, whole, "one by one, recomputed");
            }
        }
    }

    /** A derivative of its own for every token, so that none can stand for another. */
    private static void accumulate(TrainableModel model, MicroBatch batch) {
        model.accumulate(batch, outputs -> OutputDerivatives.ofLogProbs(outputs.logProbs()));
    }

    @Test
    void itIsOffWhileTheModelIsEvaluatedAndOnWhileItLearns() throws IOException {
        Path qwen3 = SmallModel.qwen3(root.resolve("qwen3"));
        MicroBatch batch = seeded(TrainableModelTest.batch(0));
        try (TrainableModel dropping = model(qwen3, ALL, false, TWO);
                TrainableModel usual = TrainableModel.load(qwen3, RANDOM, TWO)) {
            float[][] expected = usual.evaluate(batch).logProbs();
            assertThat(dropping.evaluate(batch).logProbs()).isDeepEqualTo(expected);
            dropping.accumulate(batch, outputs -> {
                assertThat(outputs.logProbs()[0][0]).isNotEqualTo(expected[0][0]);
                return TrainableModelTest.derivatives(outputs);
            });
            assertThat(dropping.evaluate(batch).logProbs()).isDeepEqualTo(expected);
        }
    }

    @Test
    void whatIsToBeDrawnWithoutSeedsIsRefused() throws IOException {
        MicroBatch batch = TrainableModelTest.batch(0);
        try (TrainableModel model = model(SmallModel.gpt2(root.resolve("gpt2")), ALL, false, TWO)) {
            assertThatThrownBy(() -> model.accumulate(batch, TrainableModelTest::derivatives))
                    .hasMessage(
                            "the model learns with dropout 0.25, which is drawn by the seeds of the sequences; give the"
                                    + " batch seeds");
        }
        assertThatThrownBy(() -> new MicroBatch(batch.sequences(), 1, List.of(1L)))
                .hasMessage("seeds must be empty or one for each of the 3 sequences, got 1");
    }

    private static TrainableModel model(
            Path directory, Learned learned, boolean recomputing, ComputeSettings settings) {
        GradientForm form = new GradientForm(recomputing, false, PROBABILITY);
        return TrainableModel.load(directory, RANDOM, new Learning(learned, form), settings);
    }

    /** The same sequences, with seeds. */
    static MicroBatch seeded(MicroBatch batch) {
        List<Long> seeds =
                LongStream.range(100, 100 + batch.sequences().size()).boxed().toList();
        return new MicroBatch(batch.sequences(), batch.temperature(), seeds);
    }
}
