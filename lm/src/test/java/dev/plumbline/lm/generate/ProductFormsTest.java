package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ProductFormsTest {
    private static final int SLOTS = 16;

    /** Of two or three weights. */
    private static final long MODEL_BYTES = 600_000;

    private NDManager manager;
    private Kernels kernels;

    static List<Path> models() {
        return GreedyVectors.models();
    }

    @BeforeEach
    void loadKernels() {
        ComputeSettings settings = ComputeSettings.cpu(1);
        Torch.use(settings);
        manager = Torch.newManager(settings);
        kernels = Kernels.load(manager, StepSource.resource("product.py") + StepSource.resource("fuse.py"));
    }

    @AfterEach
    void freeMemory() {
        manager.close();
    }

    @Test
    void aPackedWeightGivesTheSameProduct() {
        NDArray weight = manager.randomNormal(new Shape(96, 160));
        NDArray packed = forms(ProductForms.Choice.PACKED, System::nanoTime).faster(manager, weight, none());
        NDArray bias = manager.randomNormal(new Shape(160));
        NDArray residual = manager.randomNormal(new Shape(7, 160));
        NDArray x = manager.randomNormal(new Shape(7, 96));
        for (NDArray addend : List.of(none(), bias)) {
            assertSame(product("product", x, weight, addend), product("product", x, packed, addend));
            assertSame(
                    product("product_added", residual, x, weight, addend),
                    product("product_added", residual, x, packed, addend));
        }
    }

    @Test
    void theFormThatTakesLessTimeIsTaken() {
        NDArray weight = manager.randomNormal(new Shape(256, 256));
        assertThat(forms(ProductForms.Choice.MEASURED, new AlternatingClock(100, 99))
                        .faster(manager, weight, none()))
                .isNotSameAs(weight);
        assertThat(forms(ProductForms.Choice.MEASURED, new AlternatingClock(99, 100))
                        .faster(manager, weight, none()))
                .isSameAs(weight);
    }

    @Test
    void whatWasTimedForOneModelHoldsForTheNextOfItsShape() {
        NDArray weight = manager.randomNormal(new Shape(256, 256));
        Map<ProductForms.Question, ProductForms.Form> known = new HashMap<>();
        AlternatingClock clock = new AlternatingClock(100, 99);
        forms(ProductForms.Choice.MEASURED, known, clock).faster(manager, weight, none());
        int readings = clock.readings();
        assertThat(forms(ProductForms.Choice.MEASURED, known, clock).faster(manager, weight, none()))
                .isNotSameAs(weight);
        assertThat(clock.readings()).isPositive().isEqualTo(readings);
    }

    @Test
    void aWeightInBfloat16GivesNearlyTheSameProduct() {
        NDArray weight = manager.randomNormal(new Shape(96, 160));
        NDArray bias = manager.randomNormal(new Shape(160));
        NDArray residual = manager.randomNormal(new Shape(7, 160));
        NDArray x = manager.randomNormal(new Shape(7, 96));
        for (ProductForms.Choice choice : List.of(ProductForms.Choice.BFLOAT16, ProductForms.Choice.PACKED_BFLOAT16)) {
            NDArray half = forms(choice, System::nanoTime).faster(manager, weight, none());
            for (NDArray addend : List.of(none(), bias)) {
                assertNearlySame(product("product", x, weight, addend), product("product", x, half, addend));
                assertNearlySame(
                        product("product_added", residual, x, weight, addend),
                        product("product_added", residual, x, half, addend));
            }
        }
    }

    @Test
    void bfloat16IsChosenWhereItTakesLessTimeThanBothFormsOfFloat32() {
        assertThat(forms(ProductForms.Choice.AS_IS, new AlternatingClock(100, 99, 98))
                        .bfloat16Wins(manager, 256, 256))
                .isTrue();
        assertThat(forms(ProductForms.Choice.AS_IS, new AlternatingClock(100, 98, 99))
                        .bfloat16Wins(manager, 256, 256))
                .isFalse();
    }

    @Test
    void aSmallWeightIsLeftAsItIsWithoutMeasuring() {
        NDArray weight = manager.randomNormal(new Shape(64, 64));
        LongSupplier noClock = () -> {
            throw new AssertionError("a small weight was measured");
        };
        assertThat(forms(ProductForms.Choice.MEASURED, noClock).faster(manager, weight, none()))
                .isSameAs(weight);
    }

    @ParameterizedTest
    @MethodSource("models")
    void modelsWithPackedWeightsContinueAsInTransformers(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = new GenerationEngine(
                        model,
                        tokenizer,
                        new EngineSettings(4, 128, ComputeSettings.cpu(1)),
                        new CacheMemory(),
                        ProductForms.Choice.PACKED)) {
            for (GreedyVectors.Case expected : GreedyVectors.cases(model)) {
                Collector collector = new Collector();
                engine.submit(expected.request(), collector);
                while (engine.poll() > 0) {}
                assertThat(collector.only().ids()).containsExactly(expected.tokens());
            }
        }
    }

    private ProductForms forms(ProductForms.Choice choice, LongSupplier clock) {
        return forms(choice, new HashMap<>(), clock);
    }

    private ProductForms forms(
            ProductForms.Choice choice, Map<ProductForms.Question, ProductForms.Form> known, LongSupplier clock) {
        return new ProductForms(kernels, choice, SLOTS, MODEL_BYTES, known, clock);
    }

    private NDArray none() {
        return manager.create(new Shape(0));
    }

    private float[] product(String method, NDArray... arguments) {
        Argument[] given = new Argument[arguments.length];
        for (int i = 0; i < given.length; i++) {
            given[i] = Argument.of(arguments[i]);
        }
        return kernels.infer(manager, method, given).singletonOrThrow().toFloatArray();
    }

    /** Each input of a product of about 100 terms of size 1 is rounded to 8 bits. */
    private static void assertNearlySame(float[] expected, float[] actual) {
        assertThat(actual).hasSameSizeAs(expected).isNotEqualTo(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(0.3f));
        }
    }

    private static void assertSame(float[] expected, float[] actual) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f));
        }
    }
}
