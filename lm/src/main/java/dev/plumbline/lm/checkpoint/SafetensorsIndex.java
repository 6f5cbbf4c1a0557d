package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of one safetensors file: 8 bytes of its length, JSON, then the data without gaps
 * (https://github.com/huggingface/safetensors).
 *
 * @param tensors by name, in the header's order
 * @param metadata the header's {@code __metadata__}
 */
record SafetensorsIndex(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Reads and checks the header.
     *
     * @throws InvalidModelException if the file is cut off or is no safetensors file
     */
    static SafetensorsIndex read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < Long.BYTES) {
                throw broken(file, "it has " + size + " bytes, too few for a safetensors header");
            }
            long headerBytes = readFully(channel, 0, Long.BYTES).getLong();
            if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES) {
                throw broken(
                        file,
                        "it is no safetensors file: its first 8 bytes give a header of "
                                + Long.toUnsignedString(headerBytes) + " bytes");
            }
            if (Long.BYTES + headerBytes > size) {
                throw broken(file, "it is cut off: the header has " + headerBytes + " bytes, the file " + size);
            }
            byte[] header = readFully(channel, Long.BYTES, (int) headerBytes).array();
            return parse(file, header, Long.BYTES + headerBytes, size);
        }
    }

    private static SafetensorsIndex parse(Path file, byte[] header, long dataStart, long size) throws IOException {
        JsonNode json;
        try {
            json = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw broken(file, "its header is not valid JSON: " + e.getOriginalMessage());
        }
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            if (entry.getKey().equals(METADATA)) {
                entry.getValue()
                        .properties()
                        .forEach(field ->
                                metadata.put(field.getKey(), field.getValue().asText()));
            } else {
                StoredTensor.parse(file, entry.getKey(), entry.getValue(), dataStart, problems)
                        .ifPresent(tensor -> tensors.put(entry.getKey(), tensor));
            }
        }
        long end = dataStart;
        for (StoredTensor tensor : tensors.values()) {
            end = Math.max(end, tensor.offset() + tensor.bytes());
        }
        if (end > size) {
            problems.add("it is cut off: its tensors need " + end + " bytes, the file has " + size);
        }
        if (!problems.isEmpty()) {
            throw new InvalidModelException(file.toString(), problems);
        }
        return new SafetensorsIndex(tensors, metadata);
    }

    private static ByteBuffer readFully(FileChannel channel, long position, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        StoredTensor.fill(channel, position, buffer);
        return buffer.flip();
    }

    private static InvalidModelException broken(Path file, String problem) {
        return new InvalidModelException(file.toString(), List.of(problem + "; copy or download it again"));
    }
}
