package dev.plumbline.policy;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages, serialised, that were right before something happened to them. */
final class MutatedMessages {
    private static final float[] FLOATS = {
        Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, Float.MIN_VALUE, -0f, -1
    };
    private static final int[] INTS = {Integer.MIN_VALUE, -1, 0, 1 << 20, Integer.MAX_VALUE};
    private static final long[] LONGS = {Long.MIN_VALUE, -1, 0, 1L << 40, Long.MAX_VALUE};
    private static final List<String> STRINGS = List.of("", "\0", "NaN", "[{", "{{", "\ud83e\udeb5".repeat(100));

    private final Random random;
    private final List<Message> right;

    MutatedMessages(Random random, List<Message> right) {
        this.random = random;
        this.right = right;
    }

    /** Bytes of such a message with a field that nobody means, or bytes that need not be a message any more. */
    byte[] next() {
        Message message = right.get(random.nextInt(right.size()));
        return random.nextBoolean() ? extreme(message).toByteArray() : mutated(message.toByteArray());
    }

    /** Any field, however deep and whether it was set or not, is what fits its type and little else. */
    private Message extreme(Message message) {
        List<FieldDescriptor> fields = message.getDescriptorForType().getFields();
        if (fields.isEmpty()) {
            return message;
        }
        FieldDescriptor field = fields.get(random.nextInt(fields.size()));
        Message.Builder changed = message.toBuilder();
        if (!field.isRepeated()) {
            return changed.setField(field, extreme(field, message)).build();
        }
        int count = message.getRepeatedFieldCount(field);
        if (count > 0 && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            int at = random.nextInt(count);
            return changed.setRepeatedField(field, at, extreme((Message) message.getRepeatedField(field, at)))
                    .build();
        }
        return changed.addRepeatedField(field, extreme(field, message)).build();
    }

    private Object extreme(FieldDescriptor field, Message in) {
        return switch (field.getJavaType()) {
            case FLOAT -> FLOATS[random.nextInt(FLOATS.length)];
            case DOUBLE -> (double) FLOATS[random.nextInt(FLOATS.length)];
            case INT -> INTS[random.nextInt(INTS.length)];
            case LONG -> LONGS[random.nextInt(LONGS.length)];
            case BOOLEAN -> random.nextBoolean();
            case STRING -> STRINGS.get(random.nextInt(STRINGS.size()));
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt());
            case MESSAGE ->
                extreme(
                        field.isRepeated()
                                ? in.newBuilderForType()
                                        .newBuilderForField(field)
                                        .build()
                                : (Message) in.getField(field));
            case BYTE_STRING -> throw new IllegalArgumentException("no field of bytes is known, got " + field);
        };
    }

    private byte[] mutated(byte[] bytes) {
        int kind = random.nextInt(4);
        if (kind == 0) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
        }
        if (kind == 1) {
            // Runs of ones are the largest counts, NaN and negative numbers of the wire.
            int from = random.nextInt(bytes.length);
            Arrays.fill(bytes, from, Math.min(bytes.length, from + 4), (byte) -1);
            return bytes;
        }
        for (int i = 0; i <= random.nextInt(4); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }
}
