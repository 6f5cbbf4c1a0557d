package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A directory in Hugging Face layout. Its configuration and the names, shapes and places of all tensors are read and
 * checked when it is opened; the tensors themselves are read one by one.
 */
public final class Checkpoint implements WeightSource {
    static final String CONFIG = "config.json";

    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;
    private final ObjectNode configJson;
    private final ModelConfig config;
    private final Map<String, StoredTensor> stored;

    private Checkpoint(Path directory, ObjectNode configJson, ModelConfig config, Map<String, StoredTensor> stored) {
        this.directory = directory;
        this.configJson = configJson;
        this.config = config;
        this.stored = stored;
    }

    /**
     * Opens a directory with {@code config.json} and, unless it is to be initialised, {@code model.safetensors} or the
     * shards of {@code model.safetensors.index.json}.
     *
     * @throws InvalidModelException with everything that is wrong with the configuration, or else with the weights
     */
    public static Checkpoint open(Path directory) {
        try {
            ObjectNode json = readConfig(directory);
            ModelConfig config = ModelConfig.parse(directory.resolve(CONFIG).toString(), json);
            Map<String, StoredTensor> stored = new StoredWeights(directory, new DecoderLayout(config)).locate();
            return new Checkpoint(directory, json, config, stored);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be read", e);
        }
    }

    private static ObjectNode readConfig(Path directory) throws IOException {
        Path file = directory.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new InvalidModelException(
                    directory.toString(),
                    List.of("it holds no config.json; give the directory of a Hugging Face checkpoint"));
        }
        JsonNode json;
        try {
            json = JSON.readTree(file.toFile());
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(
                    file.toString(), List.of("it is not valid JSON: " + e.getOriginalMessage()));
        }
        if (!(json instanceof ObjectNode object)) {
            throw new InvalidModelException(file.toString(), List.of("it must hold a JSON object"));
        }
        return object;
    }

    public Path directory() {
        return directory;
    }

    public ModelConfig config() {
        return config;
    }

    /** {@code config.json} as it is, with the fields that {@link #config} leaves out. */
    ObjectNode configJson() {
        return configJson.deepCopy();
    }

    /** Whether the directory holds weights; a model can be started from one without. */
    public boolean hasWeights() {
        return !stored.isEmpty();
    }

    /** Whether the directory holds this tensor. */
    public boolean holds(TensorSpec tensor) {
        return stored.containsKey(tensor.name());
    }

    @Override
    public void read(TensorSpec tensor, ByteBuffer target) {
        StoredTensor place = stored.get(tensor.name());
        if (place == null) {
            throw new InvalidModelException(
                    directory.toString(),
                    List.of("it holds no tensor " + tensor.name() + "; start from a directory with weights"));
        }
        place.read(target);
    }
}
