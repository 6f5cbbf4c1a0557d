package dev.plumbline.lm.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.LeftOut;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
    /** Not a multiple of the columns that one number is enough for. */
    private static final int WIDTH = 102;

    private static final int TOKENS = 400;
    private static final int ELEMENTS = TOKENS * WIDTH;
    private static final long SEED = 7;
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.2, 0.5, 0.95})
    void itsShareOfTheElementsIsLeftOutAndTheMeanStays(double probability) {
        float[] kept = ones(probability, SEED, 3);
        int leftOut = 0;
        double sum = 0;
        for (float element : kept) {
            leftOut += element == 0 ? 1 : 0;
            sum += element;
            // What is left out is a multiple of 2^-16.
            assertThat(element == 0 || Math.abs(1 / element - (1 - probability)) < 0x1.1p-17)
                    .isTrue();
        }
        // Four standard deviations; the mean's is that of the share divided by 1 - p.
        double bound = 4 * Math.sqrt(probability * (1 - probability) / ELEMENTS);
        assertThat((double) leftOut / ELEMENTS).as("seed %d", SEED).isCloseTo(probability, within(bound));
        assertThat(sum / ELEMENTS).isCloseTo(1, within(bound / (1 - probability)));
    }

    @Test
    void anElementIsDrawnByTheBitsThatAnotherGeneratorHas() {
        double probability = 0.2;
        for (int branch : new int[] {0, 1, 6}) {
            float[] kept = ones(probability, SEED, branch);
            for (int position = 0; position < TOKENS; position++) {
                for (int column = 0; column < WIDTH; column++) {
                    boolean leftOut = LeftOut.is(probability, SEED, position, WIDTH, branch, column);
                    assertThat(kept[position * WIDTH + column] == 0)
                            .as("branch %d, position %d, column %d", branch, position, column)
                            .isEqualTo(leftOut);
                }
            }
        }
    }

    @Test
    void seedsBranchesPositionsAndColumnsAreIndependent() {
        float[] kept = ones(0.5, SEED, 3);
        expectIndependent("seed", kept, ones(0.5, SEED + 1, 3), 0);
        expectIndependent("branch", kept, ones(0.5, SEED, 4), 0);
        expectIndependent("position", kept, kept, WIDTH);
        expectIndependent("column", kept, kept, 1);
        expectIndependent("column of the same number", kept, kept, (WIDTH + 3) / 4);
    }

    private static void expectIndependent(String what, float[] some, float[] others, int distance) {
        int equal = 0;
        int pairs = some.length - distance;
        for (int i = 0; i < pairs; i++) {
            equal += (some[i] == 0) == (others[i + distance] == 0) ? 1 : 0;
        }
        assertThat((double) equal / pairs).as(what).isCloseTo(0.5, within(2 / Math.sqrt(pairs)));
    }

    @Test
    void probabilitiesBelowAndAboveTheRoundedOnesLeaveNothingAndAlmostAllOut() {
        assertThat(ones(1e-9, SEED, 0)).containsOnly(1);
        for (float element : ones(1 - 1e-9, SEED, 0)) {
            assertThat(element).isIn(0f, 65536f);
        }
        assertThat(Dropout.of(0, WIDTH)).isEmpty();
    }

    @Test
    void whatIsNoProbabilityIsRefused() {
        for (double bad : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> new GradientForm(false, false, bad))
                    .hasMessage("dropout must be in [0, 1), got " + bad);
        }
    }

    /** What is added to a stream of zeros where the branch is all ones, token by token: their positions count from 0. */
    private static float[] ones(double probability, long seed, int branch) {
        Statements body = new Statements();
        Dropout.of(probability, WIDTH).orElseThrow().writeAddition(body, branch);
        Torch.use(SETTINGS);
        try (NDManager owner = Torch.newManager(SETTINGS)) {
            Kernels kernels = Kernels.load(
                    owner,
                    Dropout.methods()
                            + body.add("return x").method("add(self, x: Tensor, h: Tensor, keys: Tensor) -> Tensor"));
            Shape shape = new Shape(1, TOKENS, WIDTH);
            return kernels.infer(
                            owner,
                            "add",
                            Argument.of(owner.zeros(shape)),
                            Argument.of(owner.ones(shape)),
                            Argument.of(owner.create(Dropout.keys(tokens(seed)), new Shape(1, TOKENS, 1))))
                    .get(0)
                    .toFloatArray();
        }
    }

    private static PackedBatch tokens(long seed) {
        long[] places = LongStream.range(0, TOKENS).toArray();
        return new PackedBatch(
                new long[TOKENS],
                places,
                new PackedBatch.Rectangle(places, TOKENS),
                new long[] {TOKENS},
                new PackedBatch.Rectangle(new long[0], 0),
                new long[0],
                new long[0],
                places,
                new long[0],
                1,
                LongStream.generate(() -> seed).limit(TOKENS).toArray());
    }
}
