package dev.plumbline.lm.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a tensor lies in a safetensors file.
 *
 * @param offset of its first byte in the file
 */
record StoredTensor(Path file, ElementType type, List<Integer> shape, long offset) {
    private static final int CHUNK_BYTES = 1 << 20;

    /** Element types that can be read as float32. */
    enum ElementType {
        F32(Float.BYTES),
        BF16(Short.BYTES);

        private final int bytes;

        ElementType(int bytes) {
            this.bytes = bytes;
        }
    }

    StoredTensor {
        shape = List.copyOf(shape);
    }

    /** Reads one entry of a header; what is wrong with it is added to the problems. */
    static Optional<StoredTensor> parse(Path file, String name, JsonNode json, long dataStart, List<String> problems) {
        String type = json.path("dtype").asText();
        JsonNode offsets = json.path("data_offsets");
        List<Integer> shape = new ArrayList<>();
        for (JsonNode extent : json.path("shape")) {
            shape.add(extent.asInt(-1));
        }
        if (!type.equals("F32") && !type.equals("BF16")) {
            problems.add(name + " has dtype " + type + "; save it as float32 (F32) or bfloat16 (BF16)");
            return Optional.empty();
        }
        if (offsets.size() != 2 || shape.stream().anyMatch(extent -> extent < 0)) {
            problems.add(name + " has no valid shape and data_offsets");
            return Optional.empty();
        }
        long begin = offsets.get(0).asLong(-1);
        StoredTensor tensor = new StoredTensor(file, ElementType.valueOf(type), shape, dataStart + begin);
        if (begin < 0 || offsets.get(1).asLong(-1) - begin != tensor.bytes()) {
            problems.add(name + " has data_offsets " + offsets + ", which is not the size of shape " + shape);
            return Optional.empty();
        }
        return Optional.of(tensor);
    }

    /** Bytes in the file. */
    long bytes() {
        return elements() * type.bytes;
    }

    private long elements() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }

    /**
     * Reads all elements as float32.
     *
     * @param target direct memory for exactly the elements, in native byte order
     */
    void read(ByteBuffer target) {
        if (target.remaining() != elements() * Float.BYTES) {
            throw new IllegalArgumentException(
                    "target must hold " + elements() + " floats, has " + target.remaining() + " bytes");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            switch (type) {
                case F32 -> readFloats(channel, target);
                case BF16 -> readBfloats(channel, target);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read", e);
        }
    }

    private void readFloats(FileChannel channel, ByteBuffer target) throws IOException {
        if (target.order() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("only little-endian processors are supported");
        }
        fill(channel, offset, target);
    }

    private void readBfloats(FileChannel channel, ByteBuffer target) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        long position = offset;
        long end = offset + bytes();
        while (position < end) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - position));
            fill(channel, position, chunk);
            position += chunk.flip().limit();
            ShortBuffer upperHalves = chunk.asShortBuffer();
            while (upperHalves.hasRemaining()) {
                target.putInt(upperHalves.get() << Short.SIZE);
            }
        }
    }

    /** Reads until the buffer is full. */
    static void fill(FileChannel channel, long position, ByteBuffer buffer) throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, at);
            if (read < 0) {
                throw new EOFException("the file ended at byte " + at);
            }
            at += read;
        }
    }
}
