package dev.plumbline.trainer.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.ModelConfig;
import dev.plumbline.lm.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a checkpoint directory says of its model without its weights being read.
 *
 * @param vocabulary digest of the tokenizer: equal when the same ids mean the same text
 */
public record ModelFacts(ModelConfig config, String vocabulary, boolean hasWeights) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Throws an IllegalArgumentException or InvalidModelException with the fact and the fix. */
    public static ModelFacts read(Path directory) {
        Path config = directory.resolve("config.json");
        if (!Files.isRegularFile(config)) {
            throw new IllegalArgumentException(
                    directory + " has no config.json; give a checkpoint directory in Hugging Face layout");
        }
        try (Tokenizer tokenizer = Tokenizer.load(directory)) {
            JsonNode json = JSON.readTree(config.toFile());
            if (!(json instanceof ObjectNode object)) {
                throw new IllegalArgumentException(config + " is not a JSON object");
            }
            boolean hasWeights = Files.exists(directory.resolve("model.safetensors"))
                    || Files.exists(directory.resolve("model.safetensors.index.json"));
            return new ModelFacts(ModelConfig.parse(config.toString(), object), tokenizer.digest(), hasWeights);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(config + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(config + " cannot be read: " + e.getMessage(), e);
        }
    }

    public boolean scores() {
        return config.head() == HeadKind.SCORE;
    }

    /** The most tokens of a sequence. */
    public int context() {
        return config.maxPositions();
    }
}
