package dev.plumbline.fuzz;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Random;

/** Messages, serialised, that were right before something happened to them. */
final class MutatedMessages {
    private static final float[] FLOATS = {
        Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, Float.MIN_VALUE, -0f, -1
    };
    private static final int[] INTS = {Integer.MIN_VALUE, -1, 0, 1 << 20, Integer.MAX_VALUE};
    private static final long[] LONGS = {Long.MIN_VALUE, -1, 0, 1L << 40, Long.MAX_VALUE};
    private static final List<String> STRINGS = List.of(
            "",
            "\0",
            "NaN",
            "[{",
            "{{",
            "a@0",
            "a@-1",
            "a@9".repeat(30),
            "../..",
            "long ".repeat(4000),
            "\ud83e\udeb5".repeat(100));

    private final Random random;
    private final List<Message> right;

    MutatedMessages(Random random, List<Message> right) {
        this.random = random;
        this.right = right;
    }

    /** Bytes of such a message with a field that nobody means, or bytes that need not be a message any more. */
    byte[] next() {
        Message message = right.get(random.nextInt(right.size()));
        return random.nextBoolean() ? extreme(message).toByteArray() : MutatedBytes.of(message.toByteArray(), random);
    }

    /** Any field, however deep and whether it was set or not, is what fits its type and little else. */
    private Message extreme(Message message) {
        List<FieldDescriptor> all = message.getDescriptorForType().getFields();
        if (all.isEmpty()) {
            return message;
        }
        // Else the few fields that lie deep in a large message would hardly ever be met.
        List<FieldDescriptor> set = List.copyOf(message.getAllFields().keySet());
        List<FieldDescriptor> fields = set.isEmpty() || random.nextBoolean() ? all : set;
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
}
