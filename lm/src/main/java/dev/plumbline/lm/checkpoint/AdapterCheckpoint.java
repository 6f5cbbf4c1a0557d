package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.Family;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A directory with low-rank adapters in PEFT's layout: {@code adapter_config.json} and {@code adapter_model.safetensors},
 * which names a tensor as the model it is wrapped in does (https://huggingface.co/docs/peft/developer_guides/checkpoint).
 */
public final class AdapterCheckpoint implements WeightSource {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String WRAPPER = "base_model.model.";

    private static final ObjectWriter JSON = new JsonMapper().writerWithDefaultPrettyPrinter();

    private final Path file;
    private final SafetensorsIndex index;

    private AdapterCheckpoint(Path file, SafetensorsIndex index) {
        this.file = file;
        this.index = index;
    }

    /**
     * Opens a directory and checks that it holds exactly these tensors.
     *
     * @throws InvalidModelException with everything that does not fit
     */
    public static AdapterCheckpoint open(Path directory, List<TensorSpec> learned) {
        Path file = directory.resolve(WEIGHTS);
        SafetensorsIndex index;
        try {
            index = SafetensorsIndex.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read", e);
        }
        List<String> problems = new ArrayList<>();
        Set<String> strangers = new TreeSet<>(index.tensors().keySet());
        for (TensorSpec tensor : learned) {
            String name = WRAPPER + tensor.name();
            strangers.remove(name);
            StoredTensor place = index.tensors().get(name);
            if (place == null) {
                problems.add("tensor " + name + " is missing");
            } else if (!place.shape().equals(tensor.shape())) {
                problems.add(
                        "tensor " + name + " has shape " + place.shape() + ", the model's adapter " + tensor.shape());
            }
        }
        strangers.forEach(name -> problems.add("tensor " + name + " has no place in the model's adapters"));
        if (!problems.isEmpty()) {
            throw new InvalidModelException(file.toString(), problems);
        }
        return new AdapterCheckpoint(file, index);
    }

    @Override
    public void read(TensorSpec tensor, ByteBuffer target) {
        StoredTensor place = index.tensors().get(WRAPPER + tensor.name());
        if (place == null) {
            throw new IllegalArgumentException(file + " holds no " + WRAPPER + tensor.name());
        }
        place.read(target);
    }

    /**
     * Writes beside the directory and renames, so that it is there in full or not at all.
     *
     * @param directory must not exist
     * @param base the checkpoint that the adapters belong to, by which PEFT finds it
     * @param learned the adapters' tensors and, if there is one, the score head
     */
    public static void write(Path directory, Path base, DecoderLayout layout, Lora lora, List<TensorContent> learned) {
        if (Files.exists(directory)) {
            throw new IllegalArgumentException(directory + " exists already; adapters are written to a new directory");
        }
        List<TensorContent> wrapped = learned.stream()
                .map(content -> new TensorContent(wrapped(content.tensor()), content.elements()))
                .toList();
        try {
            AtomicFiles.writeDirectory(directory, partial -> {
                Files.write(partial.resolve(CONFIG), JSON.writeValueAsBytes(config(base, layout, lora)));
                SafetensorsWriter.write(partial.resolve(WEIGHTS), Map.of("format", "pt"), wrapped);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be written", e);
        }
    }

    private static TensorSpec wrapped(TensorSpec tensor) {
        return new TensorSpec(WRAPPER + tensor.name(), tensor.shape(), tensor.initialisation());
    }

    private static ObjectNode config(Path base, DecoderLayout layout, Lora lora) {
        boolean score = layout.config().head() == HeadKind.SCORE;
        ObjectNode json = new JsonMapper().createObjectNode();
        json.put("peft_type", "LORA");
        json.put("task_type", score ? "SEQ_CLS" : "CAUSAL_LM");
        json.put("base_model_name_or_path", base.toString());
        json.put("inference_mode", true);
        json.put("r", lora.rank());
        json.put("lora_alpha", lora.alpha());
        json.put("lora_dropout", 0.0);
        json.put("bias", "none");
        // GPT-2 stores its maps as [inputs, outputs].
        json.put("fan_in_fan_out", layout.config().family() == Family.GPT2);
        ArrayNode targets = json.putArray("target_modules");
        (lora.targets().isEmpty() ? layout.mapNames() : lora.targets()).forEach(targets::add);
        if (score) {
            json.putArray("modules_to_save").add("score");
        }
        return json;
    }
}
