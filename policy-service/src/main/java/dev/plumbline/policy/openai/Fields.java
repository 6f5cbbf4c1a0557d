package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.request.Problems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The fields of an object by their types. What has a wrong type is noted and counts as absent, as null does. */
final class Fields {
    private static final String REASON = "INVALID_VALUE";
    /** A value is shown to its sender no longer than this. */
    private static final int SHOWN = 40;

    private final ObjectNode object;
    private final String path;
    private final Problems problems;
    /** Of a field that is read twice, its caller learns once. */
    private final Set<String> noted = new HashSet<>();

    Fields(ObjectNode object, Problems problems) {
        this(object, "", problems);
    }

    private Fields(ObjectNode object, String path, Problems problems) {
        this.object = object;
        this.path = path;
        this.problems = problems;
    }

    /** The fields of an object that stands in this one. */
    Fields in(String path, ObjectNode inner) {
        return new Fields(inner, this.path + path + ".", problems);
    }

    /** The value, unless it is absent or null. */
    Optional<JsonNode> value(String name) {
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
    }

    Optional<String> text(String name) {
        return value(name).flatMap(value -> typed(name, value, "a string", textIn(value)));
    }

    Optional<Boolean> flag(String name) {
        return value(name)
                .flatMap(value -> typed(
                        name,
                        value,
                        "true or false",
                        value.isBoolean() ? Optional.of(value.asBoolean()) : Optional.empty()));
    }

    Optional<Integer> integer(String name) {
        return value(name).flatMap(value -> typed(name, value, "an integer", integerIn(value)));
    }

    /** How many; at least 0. */
    Optional<Integer> count(String name) {
        return value(name)
                .flatMap(value -> typed(
                        name,
                        value,
                        "an integer of at least 0",
                        integerIn(value).filter(count -> count >= 0)));
    }

    Optional<Long> longInteger(String name) {
        return value(name)
                .flatMap(value -> typed(
                        name,
                        value,
                        "an integer of at most 64 bits",
                        value.isIntegralNumber() && value.canConvertToLong()
                                ? Optional.of(value.longValue())
                                : Optional.empty()));
    }

    Optional<Float> number(String name) {
        return value(name).flatMap(value -> typed(name, value, "a finite number", numberIn(value)));
    }

    /** A list of integers; empty if there is none. */
    List<Integer> integers(String name) {
        return value(name)
                .map(value -> list(name, value, "an integer", Fields::integerIn))
                .orElse(List.of());
    }

    /** A string, or a list of them; empty if there is none. */
    List<String> texts(String name) {
        return value(name)
                .map(value ->
                        value.isTextual() ? List.of(value.textValue()) : list(name, value, "a string", Fields::textIn))
                .orElse(List.of());
    }

    /** The items of a list, each read; those of a wrong type are noted. */
    <T> List<T> list(String name, JsonNode value, String what, Function<JsonNode, Optional<T>> read) {
        List<T> items = new ArrayList<>();
        if (!value.isArray()) {
            wrong(name, value, "a list");
            return items;
        }
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            typed(name + "[" + i + "]", item, what, read.apply(item)).ifPresent(items::add);
        }
        return items;
    }

    static Optional<ObjectNode> objectIn(JsonNode value) {
        return value instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    }

    static Optional<String> textIn(JsonNode value) {
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    static Optional<Integer> integerIn(JsonNode value) {
        return value.isIntegralNumber() && value.canConvertToInt() ? Optional.of(value.intValue()) : Optional.empty();
    }

    static Optional<Float> numberIn(JsonNode value) {
        return value.isNumber() && Float.isFinite(value.floatValue())
                ? Optional.of(value.floatValue())
                : Optional.empty();
    }

    /** What was read of a field; notes it if that is nothing. */
    <T> Optional<T> typed(String name, JsonNode value, String what, Optional<T> read) {
        if (read.isEmpty()) {
            wrong(name, value, what);
        }
        return read;
    }

    /** Notes that a value is not what it should be. */
    void wrong(String name, JsonNode value, String what) {
        String text = value.toString();
        String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
        problem(name, path + name + " must be " + what + ", got " + shown);
    }

    /** Notes something else about a field. */
    void problem(String name, String description) {
        if (noted.add(name)) {
            problems.add(REASON, path + name, description);
        }
    }
}
