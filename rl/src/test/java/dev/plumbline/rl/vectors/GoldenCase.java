package dev.plumbline.rl.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import dev.plumbline.rl.TokenMask;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One case of a file: inputs to read and numbers to expect. It knows which fields were used, so that no number of a file
 * can stay unchecked by oversight.
 */
final class GoldenCase {
    /** Absolute, or relative to the expected number, whichever is larger: the vectors' own tolerance for losses. */
    private static final double TOLERANCE = 1e-5;

    private final String name;
    private final JsonNode fields;
    private final Set<String> used = new LinkedHashSet<>(Set.of("name"));

    GoldenCase(String name, JsonNode fields) {
        this.name = name;
        this.fields = fields;
    }

    String name() {
        return name;
    }

    double number(String field) {
        return use(field).asDouble();
    }

    double numberOr(String field, double ifNull) {
        JsonNode value = use(field);
        return value.isNull() ? ifNull : value.asDouble();
    }

    boolean flag(String field) {
        return use(field).asBoolean();
    }

    String text(String field) {
        return use(field).asText();
    }

    float[] row(String field) {
        return convert(field, float[].class);
    }

    float[][] rows(String field) {
        return convert(field, float[][].class);
    }

    float[][] rowsOr(String field, float[][] ifNull) {
        return use(field).isNull() ? ifNull : rows(field);
    }

    int[] integers(String field) {
        return convert(field, int[].class);
    }

    int[][] integerRows(String field) {
        return convert(field, int[][].class);
    }

    TokenMask mask(String field) {
        int[][] entries = integerRows(field);
        boolean[][] included = new boolean[entries.length][];
        for (int row = 0; row < entries.length; row++) {
            included[row] = new boolean[entries[row].length];
            for (int token = 0; token < entries[row].length; token++) {
                included[row][token] = entries[row][token] == 1;
            }
        }
        return TokenMask.of(included);
    }

    List<GoldenCase> children(String field) {
        List<GoldenCase> children = new ArrayList<>();
        for (JsonNode child : use(field)) {
            children.add(new GoldenCase(name + ", " + field + "[" + children.size() + "]", child));
        }
        return children;
    }

    /** Numbers, arrays of them or a map of both, as the field has them. Whole numbers and truth values must be equal. */
    void expect(String field, Object actual) {
        compare(name + ", " + field, use(field), Vectors.JSON.valueToTree(actual));
    }

    /** The same, under the mask. */
    void expect(String field, float[][] actual, TokenMask mask) {
        float[][] expected = rows(field);
        assertThat(actual).as("%s, %s", name, field).hasDimensions(expected.length, expected[0].length);
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    String place = name + ", " + field + "[" + row + "][" + token + "]";
                    compare(place, expected[row][token], actual[row][token]);
                }
            }
        }
    }

    void requireAllUsed() {
        List<String> unused = new ArrayList<>();
        fields.fieldNames().forEachRemaining(field -> {
            if (!used.contains(field)) {
                unused.add(field);
            }
        });
        assertThat(unused)
                .as("%s: fields that are neither inputs nor compared", name)
                .isEmpty();
    }

    private static void compare(String place, JsonNode expected, JsonNode actual) {
        if (expected.isBoolean() || (expected.isIntegralNumber() && actual.isIntegralNumber())) {
            assertThat(actual.asText()).as(place).isEqualTo(expected.asText());
        } else if (expected.isNumber()) {
            assertThat(actual.getNodeType()).as(place).isEqualTo(JsonNodeType.NUMBER);
            compare(place, expected.asDouble(), actual.asDouble());
        } else if (expected.isArray()) {
            assertThat(actual.size()).as("length of %s", place).isEqualTo(expected.size());
            for (int i = 0; i < expected.size(); i++) {
                compare(place + "[" + i + "]", expected.get(i), actual.path(i));
            }
        } else {
            assertThat(actual.properties()).as("fields of %s", place).hasSameSizeAs(expected.properties());
            expected.properties()
                    .forEach(entry ->
                            compare(place + ", " + entry.getKey(), entry.getValue(), actual.path(entry.getKey())));
        }
    }

    private static void compare(String place, double expected, double actual) {
        double tolerance = TOLERANCE * Math.max(1, Math.abs(expected));
        assertThat(actual).as(place).isCloseTo(expected, within(tolerance));
    }

    private <T> T convert(String field, Class<T> type) {
        return Vectors.JSON.convertValue(use(field), type);
    }

    private JsonNode use(String field) {
        JsonNode value = fields.path(field);
        if (value.isMissingNode()) {
            throw new IllegalStateException(name + " has no field " + field);
        }
        used.add(field);
        return value;
    }
}
