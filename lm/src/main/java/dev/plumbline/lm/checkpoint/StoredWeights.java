package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Finds a decoder's tensors in the files of a directory, and says what is missing, left over or of another shape. */
final class StoredWeights {
    static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    /** Constants that older checkpoints hold beside the learned tensors; transformers passes over them too. */
    private static final Pattern CONSTANTS = Pattern.compile(".*(\\.attn\\.(masked_)?bias|\\.rotary_emb\\.inv_freq)");

    private static final JsonMapper JSON = new JsonMapper();

    private final Path directory;
    private final DecoderLayout layout;
    private final List<String> problems = new ArrayList<>();

    StoredWeights(Path directory, DecoderLayout layout) {
        this.directory = directory;
        this.layout = layout;
    }

    /** The places of the layout's tensors; empty if the directory holds no weights at all. */
    Map<String, StoredTensor> locate() throws IOException {
        Path single = directory.resolve(SINGLE);
        Path index = directory.resolve(INDEX);
        Map<String, StoredTensor> found;
        if (Files.isRegularFile(single)) {
            found = SafetensorsIndex.read(single).tensors();
        } else if (Files.isRegularFile(index)) {
            found = readShards(index);
        } else {
            refuseOtherFormats();
            return Map.of();
        }
        Map<String, StoredTensor> located = new HashMap<>();
        found.forEach((name, tensor) -> located.put(fullName(name), tensor));
        compare(located);
        if (!problems.isEmpty()) {
            throw new InvalidModelException(directory.toString(), problems);
        }
        return located;
    }

    /** A directory whose weights are in a format that is not read must not pass for one without weights. */
    private void refuseOtherFormats() {
        for (String name : List.of("pytorch_model.bin", "pytorch_model.bin.index.json")) {
            if (Files.exists(directory.resolve(name))) {
                throw new InvalidModelException(
                        directory.toString(),
                        List.of("its weights are in " + name
                                + ", which is not read; save it with safe_serialization=True"));
            }
        }
    }

    private Map<String, StoredTensor> readShards(Path index) throws IOException {
        JsonNode weightMap;
        try {
            weightMap = JSON.readTree(index.toFile()).path("weight_map");
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(
                    index.toString(), List.of("it is not valid JSON: " + e.getOriginalMessage()));
        }
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new InvalidModelException(index.toString(), List.of("its weight_map is missing or empty"));
        }
        Collection<String> shards = new TreeSet<>();
        weightMap.forEach(shard -> shards.add(shard.asText()));
        Map<String, SafetensorsIndex> headers = new HashMap<>();
        for (String shard : shards) {
            Path file = directory.resolve(shard).normalize();
            if (!directory.normalize().equals(file.getParent()) || !Files.isRegularFile(file)) {
                problems.add("shard " + shard + " of " + INDEX + " is missing");
            } else {
                headers.put(shard, SafetensorsIndex.read(file));
            }
        }
        Map<String, StoredTensor> found = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            SafetensorsIndex header = headers.get(entry.getValue().asText());
            if (header == null) {
                continue;
            }
            StoredTensor tensor = header.tensors().get(entry.getKey());
            if (tensor == null) {
                problems.add(
                        entry.getKey() + " is not in " + entry.getValue().asText() + ", where " + INDEX + " places it");
            } else {
                found.put(entry.getKey(), tensor);
            }
        }
        return found;
    }

    /** Checkpoints of the bare trunk leave out the prefix of its module. */
    private String fullName(String name) {
        String embedding = layout.tokenEmbedding();
        String prefix = embedding.substring(0, embedding.indexOf('.') + 1);
        boolean headName = name.equals("lm_head.weight") || name.equals("score.weight");
        return headName || name.startsWith(prefix) ? name : prefix + name;
    }

    private void compare(Map<String, StoredTensor> located) {
        for (TensorSpec tensor : layout.tensors()) {
            StoredTensor place = located.get(tensor.name());
            if (place == null) {
                problems.add("tensor " + tensor.name() + " is missing");
            } else if (!place.shape().equals(tensor.shape())) {
                problems.add("tensor " + tensor.name() + " has shape " + place.shape() + " in "
                        + place.file().getFileName() + ", config.json makes it " + tensor.shape());
            }
        }
        Collection<String> expected = new TreeSet<>();
        layout.tensors().forEach(tensor -> expected.add(tensor.name()));
        for (String name : new TreeSet<>(located.keySet())) {
            boolean tiedCopy = name.equals("lm_head.weight")
                    && layout.config().head() == HeadKind.CAUSAL
                    && layout.config().tiedEmbeddings();
            if (!expected.contains(name)
                    && !tiedCopy
                    && !CONSTANTS.matcher(name).matches()) {
                problems.add("tensor " + name + " has no place in a "
                        + layout.config().family().className(layout.config().head()));
            }
        }
    }
}
