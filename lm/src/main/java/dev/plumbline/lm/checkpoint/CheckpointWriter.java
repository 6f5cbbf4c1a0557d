package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a learned model as a new checkpoint that transformers opens. The files that are copied, those of the tokenizer
 * above all, are taken into memory at once, so that the directory the model came from need not outlive its loading.
 */
public final class CheckpointWriter {
    private static final List<String> COPIED = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model",
            "chat_template.jinja",
            "generation_config.json");

    private static final ObjectWriter JSON = new JsonMapper().writerWithDefaultPrettyPrinter();

    private final ObjectNode configJson;
    private final Map<String, byte[]> copied;

    private CheckpointWriter(ObjectNode configJson, Map<String, byte[]> copied) {
        this.configJson = configJson;
        this.copied = copied;
    }

    /**
     * @param origin where configuration and tokenizer come from
     * @param config what is written; its head may differ from the origin's
     */
    public CheckpointWriter(Checkpoint origin, ModelConfig config) {
        this.configJson = origin.configJson();
        this.copied = new LinkedHashMap<>();
        describe(configJson, config, origin.config());
        try {
            for (String name : COPIED) {
                Path file = origin.directory().resolve(name);
                if (Files.isRegularFile(file)) {
                    copied.put(name, Files.readAllBytes(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(origin.directory() + " could not be read", e);
        }
    }

    /** Writes the same, with another bias of the score head. */
    public CheckpointWriter withScoreBias(double bias) {
        ObjectNode json = configJson.deepCopy();
        describeBias(json, bias);
        return new CheckpointWriter(json, copied);
    }

    /** A head without bias is described as transformers does: by nothing. */
    private static void describeBias(ObjectNode json, double bias) {
        if (bias == 0) {
            json.remove(ModelConfig.SCORE_BIAS);
        } else {
            json.put(ModelConfig.SCORE_BIAS, bias);
        }
    }

    private static void describe(ObjectNode json, ModelConfig config, ModelConfig original) {
        json.putArray("architectures").add(config.family().className(config.head()));
        json.put("torch_dtype", "float32");
        describeBias(json, config.scoreBias());
        if (config.head() == HeadKind.SCORE && original.head() != HeadKind.SCORE) {
            json.remove("num_labels");
            json.putObject("id2label").put("0", "reward");
            json.putObject("label2id").put("reward", 0);
        }
    }

    /**
     * Writes beside the directory and renames, so that it is there in full or not at all.
     *
     * @param directory must not exist
     * @param weights all tensors of the layout
     */
    public void write(Path directory, List<TensorContent> weights) {
        if (Files.exists(directory)) {
            throw new IllegalArgumentException(
                    directory + " exists already; a checkpoint is written to a new directory");
        }
        try {
            AtomicFiles.writeDirectory(directory, partial -> {
                Files.write(partial.resolve(Checkpoint.CONFIG), JSON.writeValueAsBytes(configJson));
                for (Map.Entry<String, byte[]> file : copied.entrySet()) {
                    Files.write(partial.resolve(file.getKey()), file.getValue());
                }
                SafetensorsWriter.write(partial.resolve(StoredWeights.SINGLE), Map.of("format", "pt"), weights);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be written", e);
        }
    }
}
