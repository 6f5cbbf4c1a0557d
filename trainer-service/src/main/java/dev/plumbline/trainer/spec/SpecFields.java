package dev.plumbline.trainer.spec;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SpecField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A spec value by value, beside what it would be if nobody had set it. */
public final class SpecFields {
    private SpecFields() {}

    /**
     * Every value of a resolved spec, in the order of its fields.
     *
     * @param given by the caller
     * @param resolved from it
     */
    public static List<SpecField> of(RunSpec given, RunSpec resolved) {
        Map<String, String> asked = values(given);
        Map<String, String> usual = values(SpecDefaults.fill((RunSpec) emptied(given)));
        List<SpecField> fields = new ArrayList<>();
        values(resolved)
                .forEach((path, value) -> fields.add(SpecField.newBuilder()
                        .setPath(path)
                        .setValue(value)
                        .setDefaultValue(usual.getOrDefault(path, ""))
                        .setGiven(asked.containsKey(path))
                        .build()));
        return fields;
    }

    /** The same parts with nothing in them: what a part's defaults are, depends on its being there. */
    private static Message emptied(Message message) {
        Message.Builder empty = message.newBuilderForType();
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()) {
                empty.setField(field, emptied((Message) value));
            }
        });
        return empty.build();
    }

    private static Map<String, String> values(RunSpec spec) {
        Map<String, String> values = new LinkedHashMap<>();
        collect("", spec, values);
        return values;
    }

    private static void collect(String path, Message message, Map<String, String> values) {
        message.getAllFields().forEach((field, value) -> {
            String name = path + field.getName();
            if (field.isRepeated()) {
                List<?> elements = (List<?>) value;
                for (int i = 0; i < elements.size(); i++) {
                    put(name + "." + i, elements.get(i), values);
                }
            } else {
                put(name, value, values);
            }
        });
    }

    private static void put(String path, Object value, Map<String, String> values) {
        if (value instanceof Message message) {
            collect(path + ".", message, values);
        } else if (value instanceof EnumValueDescriptor constant) {
            values.put(path, constant.getName());
        } else {
            values.put(path, String.valueOf(value));
        }
    }
}
