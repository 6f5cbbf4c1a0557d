package dev.plumbline.lm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/** The tensors of a safetensors file of golden numbers: float32 and int64. Read without any of the code under test. */
final class VectorTensors {
    private final ByteBuffer data;
    private final JsonNode header;

    private VectorTensors(ByteBuffer data, JsonNode header) {
        this.data = data;
        this.header = header;
    }

    static VectorTensors read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerBytes = Math.toIntExact(bytes.getLong());
        byte[] header = new byte[headerBytes];
        bytes.get(header);
        return new VectorTensors(bytes.slice().order(ByteOrder.LITTLE_ENDIAN), new ObjectMapper().readTree(header));
    }

    List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        header.fieldNames().forEachRemaining(names::add);
        names.remove("__metadata__");
        return List.copyOf(names);
    }

    /** The names that start with a prefix, at least one, so that no test passes for want of cases. */
    List<String> namesAfter(String prefix) {
        List<String> found = names().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .toList();
        if (found.isEmpty()) {
            throw new AssertionError("no tensor " + prefix + "... in the golden numbers");
        }
        return found;
    }

    List<Integer> shape(String name) {
        return StreamSupport.stream(header.required(name).required("shape").spliterator(), false)
                .map(JsonNode::intValue)
                .toList();
    }

    String type(String name) {
        return header.required(name).required("dtype").textValue();
    }

    /** All elements, row by row. */
    float[] floats(String name) {
        float[] elements = new float[bytes(name, "F32").remaining() / Float.BYTES];
        bytes(name, "F32").asFloatBuffer().get(elements);
        return elements;
    }

    /** Row r of a tensor of two or more dimensions. */
    float[] floats(String name, int row) {
        int rows = shape(name).get(0);
        float[] all = floats(name);
        int width = all.length / rows;
        float[] elements = new float[width];
        System.arraycopy(all, row * width, elements, 0, width);
        return elements;
    }

    int[] ints(String name) {
        long[] elements = new long[bytes(name, "I64").remaining() / Long.BYTES];
        bytes(name, "I64").asLongBuffer().get(elements);
        int[] ints = new int[elements.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = Math.toIntExact(elements[i]);
        }
        return ints;
    }

    int[] ints(String name, int row) {
        int width = shape(name).get(1);
        int[] elements = new int[width];
        System.arraycopy(ints(name), row * width, elements, 0, width);
        return elements;
    }

    private ByteBuffer bytes(String name, String type) {
        JsonNode entry = header.required(name);
        if (!type(name).equals(type)) {
            throw new AssertionError(name + " is " + type(name) + ", not " + type);
        }
        int begin = entry.required("data_offsets").get(0).intValue();
        int end = entry.required("data_offsets").get(1).intValue();
        return data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
    }
}
