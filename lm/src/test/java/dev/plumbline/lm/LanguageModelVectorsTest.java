package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LanguageModelVectorsTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    static List<ModelVectors> models() throws IOException {
        return ModelVectors.causal();
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsOfEveryPositionEqualThoseOfTransformers(ModelVectors model) {
        try (FullLogits logits = new FullLogits(model.directory(), SETTINGS)) {
            for (int row = 0; row < model.rows(); row++) {
                int[] ids = model.validIds(row);
                float[] expected = model.tensors().floats("logits", row);
                float[] actual = logits.of(ids, 0);
                assertThat(actual)
                        .as("row %d", row)
                        .containsExactly(Arrays.copyOf(expected, actual.length), within(ModelVectors.LOGIT_TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbsEqualThoseOfTrlAtEveryTemperature(ModelVectors model) {
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (String temperature : model.tensors().namesAfter("logprobs_t")) {
                Outputs outputs =
                        frozen.evaluate(new MicroBatch(allRows(model, new int[0]), Float.parseFloat(temperature)));
                for (int row = 0; row < model.rows(); row++) {
                    float[] expected = model.tensors().floats("logprobs_t" + temperature, row);
                    assertThat(outputs.logProbs()[row])
                            .as("row %d at temperature %s", row, temperature)
                            .containsExactly(
                                    Arrays.copyOf(expected, model.validIds(row).length - 1),
                                    within(ModelVectors.LOG_PROB_TOLERANCE));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void entropiesEqualThoseOfTheWholeDistributionAtEveryTemperature(ModelVectors model) {
        // The entropy after the last token is read as that of one more token, whichever it is.
        List<TokenSequence> sequences = allRows(model, new int[] {0});
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (String temperature : model.tensors().namesAfter("entropy_t")) {
                Outputs outputs = frozen.evaluate(new MicroBatch(sequences, Float.parseFloat(temperature)));
                for (int row = 0; row < model.rows(); row++) {
                    float[] expected = model.tensors().floats("entropy_t" + temperature, row);
                    assertThat(outputs.entropies()[row])
                            .as("row %d at temperature %s", row, temperature)
                            .containsExactly(
                                    Arrays.copyOf(expected, model.validIds(row).length),
                                    within(ModelVectors.LOG_PROB_TOLERANCE));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbsOfResponsesEqualThoseOfTrlWhichPadsQueriesOnTheLeft(ModelVectors model) {
        int contextLength =
                model.cases().required("trl_forward").required("context_length").intValue();
        // TRL divides by the temperature plus 1e-7.
        float temperature = (float)
                (model.cases().required("trl_forward").required("temperature").doubleValue() + 1e-7);
        List<TokenSequence> sequences = new ArrayList<>();
        for (int row = 0; row < model.tensors().shape("trl_query_responses").get(0); row++) {
            sequences.add(model.queryAndResponse(row, contextLength));
        }
        try (FrozenModel frozen = FrozenModel.load(model.directory(), SETTINGS)) {
            for (String name : model.tensors().namesAfter("trl_response_logprobs_")) {
                Outputs outputs = frozen.evaluate(new MicroBatch(sequences, temperature));
                for (int row = 0; row < sequences.size(); row++) {
                    float[] expected = model.tensors().floats("trl_response_logprobs_" + name, row);
                    assertThat(outputs.logProbs()[row])
                            .as("row %d", row)
                            .containsExactly(
                                    Arrays.copyOf(expected, sequences.get(row).responseLength()),
                                    within(ModelVectors.LOG_PROB_TOLERANCE));
                }
            }
        }
    }

    private static List<TokenSequence> allRows(ModelVectors model, int[] appended) {
        List<TokenSequence> sequences = new ArrayList<>();
        for (int row = 0; row < model.rows(); row++) {
            int[] valid = model.validIds(row);
            int[] ids = Arrays.copyOf(valid, valid.length + appended.length);
            System.arraycopy(appended, 0, ids, valid.length, appended.length);
            sequences.add(new TokenSequence(ids, 1));
        }
        return sequences;
    }
}
