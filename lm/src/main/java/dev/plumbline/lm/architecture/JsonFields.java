package dev.plumbline.lm.architecture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Typed reading of a JSON object's fields; what is wrong is added to a list and replaced by a harmless value. */
final class JsonFields {
    private final ObjectNode json;
    private final List<String> problems;

    JsonFields(ObjectNode json, List<String> problems) {
        this.json = json;
        this.problems = problems;
    }

    /** The field, or a missing node. */
    JsonNode node(String name) {
        return json.path(name);
    }

    /** Whether the field is there and not null. */
    boolean present(String name) {
        return json.hasNonNull(name);
    }

    /** Whether the field is there and null. */
    boolean isNull(String name) {
        return node(name).isNull();
    }

    String text(String name, String unsaid) {
        return present(name) ? node(name).asText() : unsaid;
    }

    int requiredWhole(String name) {
        if (!present(name)) {
            problems.add(name + " is missing; it must be a whole number >= 1");
            return 1;
        }
        int value = whole(name, 1);
        if (value < 1) {
            problems.add(name + " must be >= 1, got " + value);
            return 1;
        }
        return value;
    }

    int whole(String name, int unsaid) {
        if (!present(name)) {
            return unsaid;
        }
        if (!node(name).isIntegralNumber() || !node(name).canConvertToInt()) {
            problems.add(name + " must be a whole number, got " + node(name));
            return unsaid;
        }
        return node(name).intValue();
    }

    /** A number above 0; {@code unsaid} may be NaN to say that the field is required. */
    double positive(String name, double unsaid) {
        double value = present(name) && node(name).isNumber() ? node(name).doubleValue() : unsaid;
        if (!(value > 0)
                || Double.isInfinite(value)
                || (present(name) && !node(name).isNumber())) {
            problems.add(name + " must be a number > 0, got " + (present(name) ? node(name) : "nothing"));
            return 1;
        }
        return value;
    }

    double finite(String name, double unsaid) {
        if (!present(name)) {
            return unsaid;
        }
        if (!node(name).isNumber() || !Double.isFinite(node(name).doubleValue())) {
            problems.add(name + " must be a finite number, got " + node(name));
            return unsaid;
        }
        return node(name).doubleValue();
    }

    boolean flag(String name, boolean unsaid) {
        if (!present(name)) {
            return unsaid;
        }
        if (!node(name).isBoolean()) {
            problems.add(name + " must be true or false, got " + node(name));
            return unsaid;
        }
        return node(name).booleanValue();
    }

    void requireText(String name, String unsaid, String only) {
        String value = text(name, unsaid);
        if (!value.equals(only)) {
            problems.add(name + " must be " + only + ", got " + value + "; nothing else is computed");
        }
    }

    void requireFlag(String name, boolean unsaid, boolean only) {
        if (flag(name, unsaid) != only) {
            problems.add(name + " must be " + only + ", got " + !only + "; nothing else is computed");
        }
    }
}
