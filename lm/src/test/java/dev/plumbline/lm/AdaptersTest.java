package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.lm.architecture.Adapter;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.decoder.GradientForm;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdaptersTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);
    private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-8, 0.1, false, 1);
    private static final double RATE = 1e-2;
    private static final int RANK = 3;
    private static final Learning ALL_MAPS = adapters(new Lora(RANK, 6, List.of()));

    @TempDir
    Path root;

    /** Families whose weights lie in one and the other order. */
    enum Family {
        QWEN3,
        GPT2;

        Path write(Path directory) throws IOException {
            return switch (this) {
                case QWEN3 -> SmallModel.qwen3(directory);
                case GPT2 -> SmallModel.gpt2(directory);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void beforeTheFirstStepTheyChangeNoBitOfTheOutputs(Family family) throws IOException {
        Path base = base(family);
        try (TrainableModel plain = TrainableModel.load(base, SETTINGS);
                TrainableModel adapted = adapted(base)) {
            Outputs expected = plain.evaluate(TrainableModelTest.batch(1));
            Outputs actual = adapted.evaluate(TrainableModelTest.batch(1));
            assertThat(actual.logProbs()).isDeepEqualTo(expected.logProbs());
            assertThat(actual.entropies()).isDeepEqualTo(expected.entropies());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theMergedModelSaysWhatTheModelWithAdaptersSays(Family family) throws IOException {
        Path base = base(family);
        MicroBatch batch = TrainableModelTest.batch(99);
        try (TrainableModel adapted = adapted(base);
                TrainableModel plain = TrainableModel.load(base, SETTINGS)) {
            learn(adapted, 0, 5);
            adapted.save(root.resolve("merged"));
            float[][] learned = adapted.evaluate(batch).logProbs();
            try (TrainableModel merged = TrainableModel.load(root.resolve("merged"), SETTINGS)) {
                float[][] published = merged.evaluate(batch).logProbs();
                for (int i = 0; i < learned.length; i++) {
                    assertThat(published[i]).containsExactly(learned[i], within(1e-5f));
                }
            }
            assertThat(plain.evaluate(batch).logProbs()[0][0]).isNotCloseTo(learned[0][0], within(1e-3f));
        }
    }

    /** With W' = W + s B A: dL/dB = s dL/dW' Aᵀ and dL/dA = s Bᵀ dL/dW', where dL/dW' is that of the whole model. */
    @ParameterizedTest
    @EnumSource
    void theirGradientsAreThoseOfFullFineTuningProjected(Family family) throws IOException {
        MicroBatch batch = TrainableModelTest.batch(99);
        try (TrainableModel adapted = adapted(base(family))) {
            learn(adapted, 0, 5);
            adapted.save(root.resolve("merged"));
            adapted.accumulate(batch, TrainableModelTest::derivatives);
            try (TrainableModel full = TrainableModel.load(root.resolve("merged"), SETTINGS)) {
                full.accumulate(batch, TrainableModelTest::derivatives);
                assertThat(adapted.parameters().adapters()).hasSize(family == Family.GPT2 ? 8 : 14);
                for (Adapter adapter : adapted.parameters().adapters()) {
                    expectProjections(adapter, adapted, wholeGradient(adapter, full));
                }
            }
        }
    }

    /** dL/dW' as [outputs][inputs]. */
    private static float[][] wholeGradient(Adapter adapter, TrainableModel full) {
        TensorSpec weight =
                full.layout().tensors().get(full.layout().index(adapter.map().weight()));
        float[] flat = full.gradient(weight);
        float[][] gradient = new float[adapter.map().outputs()][adapter.map().inputs()];
        for (int o = 0; o < gradient.length; o++) {
            for (int i = 0; i < gradient[o].length; i++) {
                gradient[o][i] =
                        adapter.map().inputMajor() ? flat[i * gradient.length + o] : flat[o * gradient[o].length + i];
            }
        }
        return gradient;
    }

    private static void expectProjections(Adapter adapter, TrainableModel adapted, float[][] whole) {
        float[] down = adapted.weights(adapter.down());
        float[] up = adapted.weights(adapter.up());
        int inputs = whole[0].length;
        float[] downGradient = new float[down.length];
        float[] upGradient = new float[up.length];
        for (int r = 0; r < RANK; r++) {
            for (int o = 0; o < whole.length; o++) {
                double sum = 0;
                for (int i = 0; i < inputs; i++) {
                    sum += adapter.scale() * whole[o][i] * down[r * inputs + i];
                    downGradient[r * inputs + i] += (float) (adapter.scale() * whole[o][i] * up[o * RANK + r]);
                }
                upGradient[o * RANK + r] = (float) sum;
            }
        }
        assertThat(adapted.gradient(adapter.down()))
                .as(adapter.down().name())
                .containsExactly(downGradient, within(2e-5f));
        assertThat(adapted.gradient(adapter.up())).as(adapter.up().name()).containsExactly(upGradient, within(2e-5f));
    }

    @Test
    void onlyTheTargetsAdaptersLearn() throws IOException {
        Path base = base(Family.GPT2);
        Learning some = adapters(new Lora(2, 2, List.of("attn.c_proj", "c_attn")));
        try (TrainableModel model = TrainableModel.load(base, new Start.AsStored(), some, SETTINGS);
                TrainableModel before = TrainableModel.load(base, SETTINGS)) {
            learn(model, 0, 3);
            assertThat(model.parameters().learned())
                    .extracting(TensorSpec::name)
                    .containsExactly(
                            "transformer.h.0.attn.c_attn.lora_A.weight",
                            "transformer.h.0.attn.c_attn.lora_B.weight",
                            "transformer.h.0.attn.c_proj.lora_A.weight",
                            "transformer.h.0.attn.c_proj.lora_B.weight",
                            "transformer.h.1.attn.c_attn.lora_A.weight",
                            "transformer.h.1.attn.c_attn.lora_B.weight",
                            "transformer.h.1.attn.c_proj.lora_A.weight",
                            "transformer.h.1.attn.c_proj.lora_B.weight");
            for (TensorSpec tensor : model.layout().tensors()) {
                assertThat(model.weights(tensor)).as(tensor.name()).isEqualTo(before.weights(tensor));
            }
        }
    }

    @Test
    void aScoreHeadLearnsBesideThem() throws IOException {
        MicroBatch batch = TrainableModelTest.batch(0);
        OutputDerivatives upwards = OutputDerivatives.ofScores(new float[] {-1, -1, -1});
        try (TrainableModel model =
                TrainableModel.load(base(Family.QWEN3), new Start.RewardHead(1), ALL_MAPS, SETTINGS)) {
            TensorSpec head = model.layout().tensors().get(model.layout().index("score.weight"));
            float[] before = model.weights(head);
            float score = model.evaluate(batch).scores()[0];
            for (int step = 0; step < 3; step++) {
                model.accumulate(batch, outputs -> upwards);
                model.step(OPTIMIZER, RATE);
            }
            assertThat(model.weights(head)).isNotEqualTo(before);
            assertThat(model.evaluate(batch).scores()[0]).isGreaterThan(score);
            model.saveAdapters(root.resolve("adapters"));
        }
        assertThat(names(root.resolve("adapters"))).contains("base_model.model.score.weight");
        assertThat(config(root.resolve("adapters"), "task_type").asText()).isEqualTo("SEQ_CLS");
        assertThat(config(root.resolve("adapters"), "modules_to_save").get(0).asText())
                .isEqualTo("score");
    }

    @Test
    void learningGoesOnBitByBitFromAdaptersAndMoments() throws IOException {
        Path base = base(Family.QWEN3);
        List<float[]> uninterrupted;
        try (TrainableModel model = adapted(base)) {
            learn(model, 0, 3);
            model.saveAdapters(root.resolve("adapters"));
            model.saveTrainingState(root.resolve("state"));
            learn(model, 3, 6);
            uninterrupted = learned(model);
        }
        try (TrainableModel model = adapted(base)) {
            model.restoreAdapters(root.resolve("adapters"));
            model.restoreTrainingState(root.resolve("state"));
            learn(model, 3, 6);
            assertThat(learned(model)).usingElementComparator(Arrays::compare).isEqualTo(uninterrupted);
        }
        assertThat(Files.size(root.resolve("state"))).isLessThan(Files.size(base.resolve("model.safetensors")));
    }

    @Test
    void theyAreWrittenUnderTheNamesOfPeft() throws IOException {
        Path base = base(Family.QWEN3);
        try (TrainableModel model = adapted(base)) {
            model.saveAdapters(root.resolve("adapters"));
        }
        Path saved = root.resolve("adapters");
        assertThat(names(saved))
                .hasSize(28)
                .contains(
                        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
                        "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
        assertThat(config(saved, "r").intValue()).isEqualTo(RANK);
        assertThat(config(saved, "lora_alpha").intValue()).isEqualTo(6);
        assertThat(config(saved, "base_model_name_or_path").asText()).isEqualTo(base.toString());
        assertThat(config(saved, "fan_in_fan_out").booleanValue()).isFalse();
        assertThat(config(saved, "target_modules"))
                .extracting(JsonNode::asText)
                .containsExactly("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    }

    @Test
    void adaptersOfAnotherShapeAreRefused() throws IOException {
        Path base = base(Family.QWEN3);
        try (TrainableModel model = adapted(base)) {
            model.saveAdapters(root.resolve("adapters"));
        }
        Learning other = adapters(new Lora(2, 2, List.of("q_proj")));
        try (TrainableModel model = TrainableModel.load(base, new Start.AsStored(), other, SETTINGS)) {
            assertThatThrownBy(() -> model.restoreAdapters(root.resolve("adapters")))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("q_proj.lora_A.weight has shape [3, 24], the model's adapter [2, 24]")
                    .hasMessageContaining("k_proj.lora_A.weight has no place in the model's adapters");
        }
    }

    @Test
    void targetsThatNoMapHasAreNamed() throws IOException {
        Path base = base(Family.GPT2);
        Learning wrong = adapters(new Lora(2, 2, List.of("c_attn", "q_proj")));
        assertThatThrownBy(() -> TrainableModel.load(base, new Start.AsStored(), wrong, SETTINGS))
                .hasMessage("target modules must be some of [c_attn, c_proj, c_fc], got q_proj");
    }

    @Test
    void theWeightsBesideThemHaveNoAverage() throws IOException {
        try (TrainableModel adapted = adapted(base(Family.QWEN3))) {
            assertThatThrownBy(adapted::average)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("nothing but adapters learns");
        }
    }

    @Test
    void aModelThatLearnsAsAWholeHasNone() throws IOException {
        try (TrainableModel model = TrainableModel.load(base(Family.GPT2), SETTINGS)) {
            assertThatThrownBy(() -> model.saveAdapters(root.resolve("adapters")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("it has no adapters");
        }
    }

    private Path base(Family family) throws IOException {
        Path base = root.resolve("base");
        try (TrainableModel model =
                TrainableModel.load(family.write(root.resolve("config")), new Start.StoredOrRandom(3), SETTINGS)) {
            model.save(base);
        }
        return base;
    }

    private static Learning adapters(Lora lora) {
        return new Learning(new Learned.Adapters(lora, 5), GradientForm.USUAL);
    }

    private static TrainableModel adapted(Path base) {
        return TrainableModel.load(base, new Start.AsStored(), ALL_MAPS, SETTINGS);
    }

    private static void learn(TrainableModel model, int from, int to) {
        for (int step = from; step < to; step++) {
            model.accumulate(TrainableModelTest.batch(step), TrainableModelTest::derivatives);
            model.step(OPTIMIZER, RATE);
        }
    }

    private static List<float[]> learned(TrainableModel model) {
        return model.parameters().learned().stream().map(model::weights).toList();
    }

    private static JsonNode config(Path adapters, String field) throws IOException {
        return new ObjectMapper()
                .readTree(adapters.resolve("adapter_config.json").toFile())
                .required(field);
    }

    /** The tensors that the file's header names. */
    private static List<String> names(Path adapters) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(adapters.resolve("adapter_model.safetensors")))
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[(int) file.getLong()];
        file.get(header);
        JsonNode json = new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8));
        return json.properties().stream()
                .map(entry -> entry.getKey())
                .filter(name -> !name.equals("__metadata__"))
                .toList();
    }
}
