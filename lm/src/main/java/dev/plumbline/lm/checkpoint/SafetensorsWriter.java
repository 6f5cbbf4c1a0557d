package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.architecture.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Writes float32 tensors as one safetensors file, ordered by name as transformers orders them. */
final class SafetensorsWriter {
    private static final int HEADER_ALIGNMENT = 8;

    private static final JsonMapper JSON = new JsonMapper();

    private SafetensorsWriter() {}

    /** Writes and forces a new file. */
    static void write(Path file, Map<String, String> metadata, List<TensorContent> contents) throws IOException {
        List<TensorContent> sorted = contents.stream()
                .sorted(Comparator.comparing(content -> content.tensor().name()))
                .toList();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            byte[] header = header(metadata, sorted);
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, length.putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (TensorContent content : sorted) {
                writeFully(channel, content.elements().get());
            }
            channel.force(true);
        }
    }

    private static byte[] header(Map<String, String> metadata, List<TensorContent> contents) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        ObjectNode metadataNode = json.putObject("__metadata__");
        metadata.forEach(metadataNode::put);
        long offset = 0;
        for (TensorContent content : contents) {
            TensorSpec tensor = content.tensor();
            ObjectNode entry = json.putObject(tensor.name()).put("dtype", "F32");
            tensor.shape().forEach(entry.putArray("shape")::add);
            long end = offset + (long) tensor.size() * Float.BYTES;
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        byte[] bytes = JSON.writeValueAsBytes(json);
        int padded = (bytes.length + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
        byte[] header = Arrays.copyOf(bytes, padded);
        Arrays.fill(header, bytes.length, padded, (byte) ' ');
        return header;
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
