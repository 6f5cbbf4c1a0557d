package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A one-layer Llama on disk, whose files a test may then spoil. */
final class TinyCheckpoint {
    private static final String CONFIG = """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 8, "num_attention_heads": 2,
             "num_hidden_layers": 1, "vocab_size": 10, "max_position_embeddings": 16, "intermediate_size": 12,
             "tie_word_embeddings": true, "kept": {"as": "it is"}}
            """;

    private final Path directory;
    private final Map<String, Stored> tensors = new LinkedHashMap<>();

    /** A tensor as the file will call and type it. */
    @SuppressWarnings("ArrayRecordComponent") // a file's bytes: never compared
    private record Stored(String type, List<Integer> shape, byte[] bytes) {}

    TinyCheckpoint(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), CONFIG);
        RandomWeights random = new RandomWeights(1);
        for (TensorSpec tensor : layout().tensors()) {
            put(tensor.name(), tensor.shape(), floats(random, tensor));
        }
    }

    private static byte[] floats(WeightSource source, TensorSpec tensor) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(tensor.size() * Float.BYTES).order(ByteOrder.nativeOrder());
        source.read(tensor, buffer);
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** All elements of a tensor, as the checkpoint gives them. */
    static float[] read(WeightSource source, TensorSpec tensor) {
        float[] floats = new float[tensor.size()];
        ByteBuffer.wrap(floats(source, tensor))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .get(floats);
        return floats;
    }

    DecoderLayout layout() {
        return new DecoderLayout(Checkpoint.open(directory).config());
    }

    Path directory() {
        return directory;
    }

    TinyCheckpoint config(String field, String json) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        Path file = directory.resolve("config.json");
        ObjectNode config = (ObjectNode) mapper.readTree(file.toFile());
        config.set(field, mapper.readTree(json));
        mapper.writeValue(file.toFile(), config);
        return this;
    }

    TinyCheckpoint put(String name, List<Integer> shape, byte[] floats) {
        tensors.put(name, new Stored("F32", shape, floats));
        return this;
    }

    TinyCheckpoint zeros(String name, List<Integer> shape) {
        int size = shape.stream().reduce(1, Math::multiplyExact);
        return put(name, shape, new byte[size * Float.BYTES]);
    }

    TinyCheckpoint remove(String name) {
        tensors.remove(name);
        return this;
    }

    /** Stores other bytes of another type under the name. */
    TinyCheckpoint retype(String name, String type, List<Integer> shape, byte[] bytes) {
        tensors.put(name, new Stored(type, shape, bytes));
        return this;
    }

    TinyCheckpoint renameAll(String prefix, String replacement) {
        Map<String, Stored> renamed = new LinkedHashMap<>();
        tensors.forEach((name, tensor) ->
                renamed.put(name.startsWith(prefix) ? replacement + name.substring(prefix.length()) : name, tensor));
        tensors.clear();
        tensors.putAll(renamed);
        return this;
    }

    /** Writes all tensors into one file. */
    TinyCheckpoint write() throws IOException {
        Files.write(directory.resolve("model.safetensors"), safetensors(List.copyOf(tensors.keySet())));
        return this;
    }

    /** Writes every tensor into a shard of its own, with their index. */
    TinyCheckpoint writeShards() throws IOException {
        ObjectNode index = new ObjectMapper().createObjectNode();
        ObjectNode weightMap = index.putObject("weight_map");
        int shard = 0;
        for (String name : tensors.keySet()) {
            String file = "model-%d.safetensors".formatted(shard++);
            Files.write(directory.resolve(file), safetensors(List.of(name)));
            weightMap.put(name, file);
        }
        new ObjectMapper()
                .writeValue(directory.resolve("model.safetensors.index.json").toFile(), index);
        return this;
    }

    private byte[] safetensors(List<String> names) throws IOException {
        ObjectNode header = new ObjectMapper().createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (String name : names) {
            Stored tensor = Objects.requireNonNull(tensors.get(name));
            ObjectNode entry = header.putObject(name).put("dtype", tensor.type);
            tensor.shape.forEach(entry.putArray("shape")::add);
            entry.putArray("data_offsets").add(data.size()).add(data.size() + tensor.bytes.length);
            data.write(tensor.bytes);
        }
        return file(header.toString(), data.toByteArray());
    }

    /** A safetensors file of any header and data. */
    static byte[] file(String header, byte[] data) {
        byte[] headerBytes = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + headerBytes.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerBytes.length)
                .put(headerBytes)
                .put(data)
                .array();
    }
}
