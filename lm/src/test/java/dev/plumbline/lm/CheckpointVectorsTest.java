package dev.plumbline.lm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointVectorsTest {
    private static final ComputeSettings SETTINGS = ComputeSettings.cpu(2);

    @TempDir
    Path root;

    static List<ModelVectors> models() throws IOException {
        return ModelVectors.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsSavedHasTheNamesShapesAndNumbersOfWhatTransformersSaved(ModelVectors model) throws IOException {
        Path saved = root.resolve("saved");
        try (TrainableModel trainable = TrainableModel.load(model.directory(), SETTINGS)) {
            trainable.save(saved);
        }
        VectorTensors actual = VectorTensors.read(saved.resolve("model.safetensors"));
        Map<String, VectorTensors> original = originalTensors(model.directory());
        assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(original.keySet());
        for (Map.Entry<String, VectorTensors> entry : original.entrySet()) {
            String name = entry.getKey();
            VectorTensors file = entry.getValue();
            assertThat(actual.shape(name)).as(name).isEqualTo(file.shape(name));
            // Weights that were stored shorter are compared by the outputs they give, below.
            if (file.type(name).equals("F32")) {
                assertThat(actual.floats(name)).as(name).isEqualTo(file.floats(name));
            }
        }
        try (FrozenModel before = FrozenModel.load(model.directory(), SETTINGS);
                FrozenModel after = FrozenModel.load(saved, SETTINGS)) {
            MicroBatch batch = new MicroBatch(List.of(new TokenSequence(model.validIds(0), 1)), 1);
            assertThat(after.evaluate(batch)).usingRecursiveComparison().isEqualTo(before.evaluate(batch));
        }
    }

    /** Those whose weights are one file of float32. */
    static List<ModelVectors> plainModels() throws IOException {
        List<ModelVectors> plain = new ArrayList<>();
        for (ModelVectors model : ModelVectors.all()) {
            if (Files.exists(model.directory().resolve("model.safetensors"))
                    && originalTensors(model.directory()).entrySet().stream()
                            .allMatch(entry ->
                                    entry.getValue().type(entry.getKey()).equals("F32"))) {
                plain.add(model);
            }
        }
        return plain;
    }

    @ParameterizedTest
    @MethodSource("plainModels")
    void aFileOfFloat32IsWrittenByteByByteAsTransformersWroteIt(ModelVectors model) {
        Path saved = root.resolve("saved");
        try (TrainableModel trainable = TrainableModel.load(model.directory(), SETTINGS)) {
            trainable.save(saved);
        }
        assertThat(saved.resolve("model.safetensors"))
                .hasSameBinaryContentAs(model.directory().resolve("model.safetensors"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void theConfigurationChangesInItsTypeAloneAndTokenizerFilesNotAtAll(ModelVectors model) throws IOException {
        Path saved = root.resolve("saved");
        try (TrainableModel trainable = TrainableModel.load(model.directory(), SETTINGS)) {
            trainable.save(saved);
        }
        ObjectNode expected = config(model.directory()).put("torch_dtype", "float32");
        assertThat(config(saved)).isEqualTo(expected);
        try (Stream<Path> files = Files.list(saved)) {
            assertThat(files.map(file -> file.getFileName().toString())).contains("tokenizer.json");
        }
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            assertThat(saved.resolve(name))
                    .hasSameBinaryContentAs(model.directory().resolve(name));
        }
    }

    private static ObjectNode config(Path directory) throws IOException {
        return (ObjectNode)
                new ObjectMapper().readTree(directory.resolve("config.json").toFile());
    }

    private static Map<String, VectorTensors> originalTensors(Path directory) throws IOException {
        Map<String, VectorTensors> tensors = new HashMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(CheckpointVectorsTest::holdsWeights).toList()) {
                VectorTensors content = VectorTensors.read(file);
                content.names().forEach(name -> tensors.put(name, content));
            }
        }
        return tensors;
    }

    private static boolean holdsWeights(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("model") && name.endsWith(".safetensors");
    }
}
