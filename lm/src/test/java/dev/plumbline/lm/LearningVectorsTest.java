package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LearningVectorsTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    private static final int ALL_ROWS = Integer.MAX_VALUE;

    static List<ModelVectors> models() throws IOException {
        return ModelVectors.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsEqualThoseOfAutograd(ModelVectors model) {
        expectGradients(model, SETTINGS, ALL_ROWS);
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsOfSingleRowsAddUpToThoseOfTheBatch(ModelVectors model) {
        expectGradients(model, SETTINGS, 1);
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsAreTheSameWhenTheHeadWorksInChunksOfRows(ModelVectors model) {
        // Room for seven rows of logits: chunks of two rows, of which the first two are kept, the others computed
        // again.
        long bytesPerRow =
                (long) Float.BYTES * model.cases().required("vocab_size").intValue();
        ComputeSettings tight = new ComputeSettings(SETTINGS.threads(), SETTINGS.device(), 10 * bytesPerRow);
        expectGradients(model, tight, ALL_ROWS);
    }

    private static void expectGradients(ModelVectors model, ComputeSettings settings, int rowsPerBatch) {
        JsonNode expected = model.objective();
        try (TrainableModel trainable = TrainableModel.load(model.directory(), settings)) {
            double loss = new VectorLoss(model, rowsPerBatch).accumulate(trainable);
            assertThat(loss).isCloseTo(expected.required("loss").doubleValue(), within(ModelVectors.LOSS_TOLERANCE));
            assertThat(trainable.layout().tensors().stream().map(TensorSpec::name))
                    .as("learned tensors")
                    .containsExactlyInAnyOrderElementsOf(fieldNames(expected.required("grad_norm")));
            double totalTolerance = 0;
            for (TensorSpec tensor : trainable.layout().tensors()) {
                double tolerance = number(expected, "grad_norm_tol", tensor.name());
                totalTolerance += tolerance;
                assertThat(norm(trainable.gradient(tensor)))
                        .as("gradient norm of %s", tensor.name())
                        .isCloseTo(number(expected, "grad_norm", tensor.name()), within(tolerance));
            }
            assertThat(trainable.gradientNorm())
                    .isCloseTo(expected.required("grad_norm_total").doubleValue(), within(totalTolerance));
            for (String name : model.tensors().namesAfter("grad.")) {
                assertThat(trainable.gradient(tensor(trainable, name)))
                        .as("gradient of %s", name)
                        .containsExactly(
                                model.tensors().floats("grad." + name), within(ModelVectors.GRADIENT_TOLERANCE));
            }
        }
    }

    @Test
    void aBiasOfKeysThatNothingRotatesLearnsNothing() throws IOException {
        ModelVectors gpt2 = models().stream()
                .filter(model -> model.directory().endsWith("gpt2"))
                .findFirst()
                .orElseThrow();
        try (TrainableModel trainable = TrainableModel.load(gpt2.directory(), SETTINGS)) {
            new VectorLoss(gpt2, ALL_ROWS).accumulate(trainable);
            float[] gradient = trainable.gradient(tensor(trainable, "transformer.h.1.attn.c_attn.bias"));
            int width = gradient.length / 3;
            assertThat(Arrays.copyOfRange(gradient, 0, width)).doesNotContain(0);
            assertThat(Arrays.copyOfRange(gradient, width, 2 * width)).containsOnly(0);
            assertThat(Arrays.copyOfRange(gradient, 2 * width, gradient.length)).doesNotContain(0);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void threeStepsOfAdamWEqualThoseOfTorch(ModelVectors model) {
        expectSteps(model, "adamw");
    }

    @ParameterizedTest
    @MethodSource("models")
    void threeStepsOfAdamWWithClippingEqualThoseOfTorch(ModelVectors model) {
        expectSteps(model, "adamw_clip1");
    }

    private static void expectSteps(ModelVectors model, String run) {
        JsonNode expected = model.objective().required(run);
        AdamW optimizer = new AdamW(
                expected.required("beta1").doubleValue(),
                expected.required("beta2").doubleValue(),
                expected.required("eps").doubleValue(),
                expected.required("weight_decay").doubleValue(),
                true,
                expected.required("max_grad_norm").doubleValue());
        VectorLoss loss = new VectorLoss(model, ALL_ROWS);
        JsonNode losses = expected.required("loss_before_each_step_and_after_last");
        int steps = expected.required("steps").intValue();
        try (TrainableModel trainable = TrainableModel.load(model.directory(), SETTINGS)) {
            for (int step = 0; step < steps; step++) {
                assertThat(loss.accumulate(trainable))
                        .as("loss before step %d", step)
                        .isCloseTo(losses.get(step).doubleValue(), within(ModelVectors.LOSS_TOLERANCE));
                double norm = trainable.step(optimizer, expected.required("lr").doubleValue());
                double expectedNorm =
                        expected.required("grad_norm_before_clipping").get(step).doubleValue();
                assertThat(norm)
                        .as("gradient norm of step %d", step)
                        .isCloseTo(expectedNorm, within(1e-5 * expectedNorm));
            }
            assertThat(loss.of(trainable))
                    .as("loss after the last step")
                    .isCloseTo(losses.get(steps).doubleValue(), within(ModelVectors.LOSS_TOLERANCE));
            expectParameters(model, run, expected, trainable);
        }
    }

    private static void expectParameters(ModelVectors model, String run, JsonNode expected, TrainableModel trainable) {
        JsonNode parameters = expected.required("parameters");
        assertThat(trainable.layout().tensors()).hasSize(parameters.size());
        for (TensorSpec tensor : trainable.layout().tensors()) {
            JsonNode parameter = parameters.required(tensor.name());
            float[] weights = trainable.weights(tensor);
            double sum = 0;
            for (float weight : weights) {
                sum += weight;
            }
            assertThat(sum)
                    .as("sum of %s", tensor.name())
                    .isCloseTo(
                            parameter.required("sum").doubleValue(),
                            within(parameter.required("sum_tol").doubleValue()));
            assertThat(norm(weights))
                    .as("norm of %s", tensor.name())
                    .isCloseTo(
                            parameter.required("l2").doubleValue(),
                            within(parameter.required("l2_tol").doubleValue()));
        }
        for (String name : model.tensors().namesAfter(run + ".")) {
            float tolerance = (float) number(expected, "stored_parameters_abs_tol", name);
            assertThat(trainable.weights(tensor(trainable, name)))
                    .as(name)
                    .containsExactly(model.tensors().floats(run + "." + name), within(tolerance));
        }
    }

    private static TensorSpec tensor(TrainableModel trainable, String name) {
        return trainable.layout().tensors().get(trainable.layout().index(name));
    }

    private static List<String> fieldNames(JsonNode node) {
        return node.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static double number(JsonNode owner, String field, String name) {
        return owner.required(field).required(name).doubleValue();
    }

    private static double norm(float[] elements) {
        double squares = 0;
        for (float element : elements) {
            squares += (double) element * element;
        }
        return Math.sqrt(squares);
    }
}
