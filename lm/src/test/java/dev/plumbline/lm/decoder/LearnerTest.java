package dev.plumbline.lm.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.SmallModel;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.Checkpoint;
import dev.plumbline.lm.checkpoint.RandomWeights;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeDevice;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Scanner;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerTest {
    private static final int SEQUENCES = 30;
    private static final int LENGTH = SmallModel.CONTEXT;
    private static final float TEMPERATURE = 0.6f;
    private static final long SEED = 11;

    @TempDir
    Path root;

    private final Random random = new Random(SEED);

    @ParameterizedTest
    @CsvSource({
        // Rows of logits that fit, of 1,170: all at once; in four chunks, one of them kept; in many; one at a time.
        "100000, true",
        "1300, true",
        "30, true",
        "1, true",
        "100000, false",
        "30, false"
    })
    void derivativesThroughTheHeadEqualThoseOfAutogradThroughAllLogits(int rowsThatFit, boolean entropies)
            throws IOException {
        DecoderLayout layout = layout(SmallModel.qwen3(root), HeadKind.CAUSAL);
        PackedBatch batch = batch(layout, true);
        float[] logProbs = randomFloats(batch.rows().length);
        float[] entropy = randomFloats(batch.rows().length);
        List<float[]> derivatives = entropies ? List.of(logProbs, entropy) : List.of(logProbs);
        ComputeSettings settings = new ComputeSettings(
                2, new ComputeDevice.Cpu(), (long) rowsThatFit * SmallModel.VOCABULARY * Float.BYTES);
        List<float[]> expected = autograd(layout, batch, """
                z = torch.linear(hidden, head) / temperature
                log_p = torch.log_softmax(z, -1)
                loss = torch.sum(torch.gather(log_p, 1, targets.unsqueeze(1)).squeeze(1) * derivatives[0])
                if len(derivatives) > 1:
                  loss = loss - torch.sum(torch.sum(torch.exp(log_p) * log_p, [1]) * derivatives[1])
                """, derivatives);
        expectGradients(layout, settings, batch, derivatives, expected);
    }

    @Test
    void derivativesThroughTheScoreHeadEqualThoseOfAutograd() throws IOException {
        DecoderLayout layout = layout(SmallModel.gpt2(root), HeadKind.SCORE);
        PackedBatch batch = batch(layout, false);
        List<float[]> derivatives = List.of(randomFloats(batch.rows().length));
        List<float[]> expected = autograd(layout, batch, """
                loss = torch.sum(torch.linear(hidden, head).squeeze(1) * derivatives[0])
                """, derivatives);
        expectGradients(layout, ComputeSettings.cpu(2), batch, derivatives, expected);
    }

    /** Twice, since gradients add up. */
    private static void expectGradients(
            DecoderLayout layout,
            ComputeSettings settings,
            PackedBatch batch,
            List<float[]> derivatives,
            List<float[]> expected) {
        try (Decoder decoder = Decoder.load(Parameters.full(layout), new RandomWeights(SEED), settings)) {
            Learner learner = new Learner(decoder);
            for (int times = 1; times <= 2; times++) {
                learner.accumulate(List.of(batch), outputs -> List.of(derivatives));
                for (int i = 0; i < expected.size(); i++) {
                    TensorSpec tensor = layout.tensors().get(i);
                    float[] wanted = expected.get(i).clone();
                    float largest = 0;
                    for (int j = 0; j < wanted.length; j++) {
                        wanted[j] *= times;
                        largest = Math.max(largest, Math.abs(wanted[j]));
                    }
                    assertThat(learner.gradient(tensor))
                            .as("%s, %d times, seed %d", tensor.name(), times, SEED)
                            .containsExactly(wanted, within(2e-5f * Math.max(1, largest)));
                }
            }
        }
    }

    /** The gradients of a loss written in TorchScript, through one graph from the weights to the loss. */
    private static List<float[]> autograd(
            DecoderLayout layout, PackedBatch batch, String loss, List<float[]> derivatives) {
        Statements body = new Statements()
                .add("hidden = self.trunk(ids, positions, roots, lengths, branches, root_of, back, rows, w)")
                .add("head = w[%d]", layout.index(layout.head()));
        loss.lines().forEach(line -> body.add("%s", line));
        body.add("gradients = annotate(List[Tensor], [])")
                .add("for gradient in torch.autograd.grad([loss], w):")
                .add("  if gradient is not None:")
                .add("    gradients.append(gradient)")
                .add("return gradients");
        String source = new DecoderMethods(Parameters.full(layout), GradientForm.USUAL, 1).source()
                + body.method("gradients(self, ids: Tensor, positions: Tensor, roots: Tensor, lengths: Tensor,"
                        + " branches: Tensor, root_of: Tensor, back: Tensor, rows: Tensor, targets: Tensor,"
                        + " temperature: Tensor, w: List[Tensor], derivatives: List[Tensor]) -> List[Tensor]");
        ComputeSettings settings = ComputeSettings.cpu(2);
        Torch.use(settings);
        try (NDManager owner = Torch.newManager(settings)) {
            Kernels kernels = Kernels.load(owner, source);
            NDList weights = NativeWeights.load(owner, layout.tensors(), new RandomWeights(SEED));
            weights.forEach(weight -> weight.setRequiresGradient(true));
            NDList nativeDerivatives = new NDList();
            derivatives.forEach(derivative -> nativeDerivatives.add(owner.create(derivative)));
            NDList gradients = kernels.record(
                    owner,
                    "gradients",
                    Argument.of(owner.create(batch.ids(), new Shape(1, batch.ids().length))),
                    Argument.of(owner.create(batch.positions(), new Shape(1, batch.ids().length))),
                    Argument.of(owner.create(batch.roots().places(), new Shape(SEQUENCES, LENGTH))),
                    Argument.of(owner.create(batch.lengths())),
                    Argument.of(owner.create(batch.branches().places(), new Shape(0, 0))),
                    Argument.of(owner.create(batch.rootOf())),
                    Argument.of(owner.create(batch.back())),
                    Argument.of(owner.create(batch.rows())),
                    Argument.of(owner.create(batch.targets())),
                    Argument.of(owner.create(batch.temperature())),
                    Argument.of(weights),
                    Argument.of(nativeDerivatives));
            assertThat(gradients).hasSize(layout.tensors().size());
            return gradients.stream().map(NDArray::toFloatArray).toList();
        }
    }

    @Test
    void stepsLeaveNothingBehindInNativeMemory() throws IOException {
        DecoderLayout layout = layout(SmallModel.qwen3(root), HeadKind.CAUSAL);
        PackedBatch batch = batch(layout, true);
        float[] derivative = randomFloats(batch.rows().length);
        try (Decoder decoder = Decoder.load(Parameters.full(layout), new RandomWeights(SEED), ComputeSettings.cpu(2))) {
            Learner learner = new Learner(decoder);
            // From here on, a tensor that belongs to the decoder and not to a step's scope is an error.
            decoder.owner().cap();
            int owned = decoder.owner().getManagedArrays().size();
            for (int step = 0; step < 10; step++) {
                oneStep(decoder, learner, batch, derivative);
            }
            long before = residentBytes();
            for (int step = 0; step < 60; step++) {
                oneStep(decoder, learner, batch, derivative);
            }
            // A step's tensors take several megabytes, so that a graph that stays would add up to several hundred.
            assertThat(residentBytes() - before).isLessThan(64L << 20);
            assertThat(decoder.owner().getManagedArrays()).hasSize(owned);
        }
    }

    private static void oneStep(Decoder decoder, Learner learner, PackedBatch batch, float[] derivative) {
        learner.accumulate(List.of(batch), outputs -> List.of(List.of(derivative)));
        learner.step(new Learner.AdamWNumbers(1e-6, 0.9, 0.95, 1e-8, 0.1, false, 1));
        decoder.evaluate(List.of(batch));
    }

    /** Memory of this process that is in use: the second number of statm, in pages of 4 KiB. */
    private static long residentBytes() throws IOException {
        try (Scanner numbers = new Scanner(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII)) {
            numbers.nextLong();
            return numbers.nextLong() * 4096;
        }
    }

    private static DecoderLayout layout(Path directory, HeadKind head) {
        return new DecoderLayout(Checkpoint.open(directory).config().withHead(head));
    }

    /** Random tokens, and as rows all positions but the last of each sequence. */
    private PackedBatch batch(DecoderLayout layout, boolean targets) {
        long[] ids = random.longs((long) SEQUENCES * LENGTH, 0, layout.config().vocabularySize())
                .toArray();
        long[] rows = new long[SEQUENCES * (LENGTH - 1)];
        long[] nextIds = new long[targets ? rows.length : 0];
        for (int row = 0; row < rows.length; row++) {
            int position = row / (LENGTH - 1) * LENGTH + row % (LENGTH - 1);
            rows[row] = position;
            if (targets) {
                nextIds[row] = ids[position + 1];
            }
        }
        return new PackedBatch(
                ids,
                LongStream.range(0, ids.length).map(place -> place % LENGTH).toArray(),
                new PackedBatch.Rectangle(LongStream.range(0, ids.length).toArray(), LENGTH),
                LongStream.generate(() -> LENGTH).limit(SEQUENCES).toArray(),
                new PackedBatch.Rectangle(new long[0], 0),
                new long[0],
                new long[0],
                rows,
                nextIds,
                TEMPERATURE,
                new long[0]);
    }

    private float[] randomFloats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }
}
