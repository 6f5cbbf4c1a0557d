package dev.plumbline.cli.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Fills a message from a tree, key by key, and writes down what does not fit. */
final class SpecReader {
    private static final Set<String> FILES = Set.of("Data.path", "Data.eval_path");
    /** Fields that hold a directory, "name@version" or a name. */
    private static final Set<String> MODELS = Set.of(
            "SftSpec.model",
            "RewardModelSpec.model",
            "PpoSpec.model",
            "PpoSpec.reference",
            "PpoSpec.critic",
            "DpoSpec.model",
            "DpoSpec.reference");

    /** Begins the address of data that is not on a disk. */
    private static final String OBJECT = "s3://";

    private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._-]+@[0-9]+");

    private final Path directory;
    private final List<String> problems;

    SpecReader(Path directory, List<String> problems) {
        this.directory = directory;
        this.problems = problems;
    }

    void read(JsonNode tree, Message.Builder message) {
        object("", tree, message);
    }

    private void object(String path, JsonNode tree, Message.Builder message) {
        Descriptor type = message.getDescriptorForType();
        tree.properties().forEach(entry -> {
            FieldDescriptor field = type.findFieldByName(entry.getKey());
            String at = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            if (field == null) {
                problems.add(at + " is no key here; known: " + (path.isEmpty() ? "name, seed, guardrails, " : "")
                        + known(type));
            } else if (entry.getValue().isNull()) {
                problems.add(at + " has no value: give it one or leave the line out");
            } else {
                field(at, field, entry.getValue(), message);
            }
        });
    }

    private static String known(Descriptor type) {
        return type.getFields().stream().map(FieldDescriptor::getName).collect(Collectors.joining(", "));
    }

    private void field(String at, FieldDescriptor field, JsonNode value, Message.Builder message) {
        if (field.isRepeated() != value.isArray()) {
            problems.add(at + " must be " + (field.isRepeated() ? "a list" : "one value") + ", got " + value);
            return;
        }
        if (!field.isRepeated()) {
            set(at, field, value, message);
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            set(at + "[" + i + "]", field, value.get(i), message);
        }
    }

    private void set(String at, FieldDescriptor field, JsonNode value, Message.Builder message) {
        switch (field.getJavaType()) {
            case MESSAGE -> {
                if (!value.isObject()) {
                    problems.add(
                            at + " must have keys of its own (" + known(field.getMessageType()) + "), got " + value);
                    return;
                }
                if (field.getContainingOneof() != null && message.hasOneof(field.getContainingOneof())) {
                    problems.add(at + " stands beside "
                            + message.getOneofFieldDescriptor(field.getContainingOneof())
                                    .getName()
                            + ": keep one of them");
                    return;
                }
                Message.Builder part = message.newBuilderForField(field);
                object(at, value, part);
                put(field, part.build(), message);
            }
            case ENUM -> choice(at, field, value, message);
            case STRING -> {
                if (!value.isValueNode()) {
                    problems.add(at + " must be text, got " + value);
                    return;
                }
                put(field, resolved(field, value.asText()), message);
            }
            case INT, LONG, FLOAT, DOUBLE, BOOLEAN, BYTE_STRING -> scalar(at, field, value, message);
        }
    }

    /** Parsed by protobuf's own reader of JSON, which knows the ranges. */
    private void scalar(String at, FieldDescriptor field, JsonNode value, Message.Builder message) {
        Message.Builder alone = message.getDefaultInstanceForType().newBuilderForType();
        String element = field.isRepeated() ? "[" + value + "]" : value.toString();
        try {
            JsonFormat.parser().merge("{\"" + field.getName() + "\": " + element + "}", alone);
        } catch (InvalidProtocolBufferException e) {
            String kind = field.getType().name().toLowerCase(Locale.ROOT);
            problems.add(at + " must be a value of type " + kind + ", got " + value);
            return;
        }
        put(field, field.isRepeated() ? alone.getRepeatedField(field, 0) : alone.getField(field), message);
    }

    private void choice(String at, FieldDescriptor field, JsonNode value, Message.Builder message) {
        EnumDescriptor type = field.getEnumType();
        String prefix = prefix(type);
        String wanted = prefix + value.asText().toUpperCase(Locale.ROOT).replace('-', '_');
        EnumValueDescriptor found = type.findValueByName(wanted);
        if (found == null || found.getNumber() == 0) {
            problems.add(at + " must be one of "
                    + type.getValues().stream()
                            .filter(known -> known.getNumber() != 0)
                            .map(known ->
                                    known.getName().substring(prefix.length()).toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))
                    + ", got " + value);
            return;
        }
        put(field, found, message);
    }

    /** TOO_LONG_ of TooLong: the zero value's name without UNSPECIFIED. */
    private static String prefix(EnumDescriptor type) {
        return type.getValues().get(0).getName().replaceFirst("UNSPECIFIED$", "");
    }

    private String resolved(FieldDescriptor field, String text) {
        String name = field.getContainingType().getName() + "." + field.getName();
        boolean path =
                (FILES.contains(name) && !text.startsWith(OBJECT)) || (MODELS.contains(name) && isDirectory(text));
        return path && !text.isEmpty() ? directory.resolve(text).normalize().toString() : text;
    }

    /** A model's name could be a directory's too; one that exists, or that is written as a path, is meant. */
    private boolean isDirectory(String text) {
        return !VERSION.matcher(text).matches() && (text.contains("/") || Files.isDirectory(directory.resolve(text)));
    }

    private static void put(FieldDescriptor field, Object value, Message.Builder message) {
        if (field.isRepeated()) {
            message.addRepeatedField(field, value);
        } else {
            message.setField(field, value);
        }
    }
}
