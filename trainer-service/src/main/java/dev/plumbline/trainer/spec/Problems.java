package dev.plumbline.trainer.spec;

import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong, so that a caller learns all of it at once. */
final class Problems {
    private final List<FieldViolation> found = new ArrayList<>();

    /** Messages read "batch_size must be >= 1, got 0": the last part of the path, the rule, the value. */
    void require(boolean holds, String field, String rule, Object value) {
        if (!holds) {
            add(field, field.substring(field.lastIndexOf('.') + 1) + " " + rule + ", got " + value);
        }
    }

    void add(String field, String message) {
        found.add(new FieldViolation(field, message));
    }

    boolean none() {
        return found.isEmpty();
    }

    /** No problem so far below this path. */
    boolean noneAt(String field) {
        return found.stream().noneMatch(problem -> problem.field().startsWith(field));
    }

    void throwIfAny() {
        if (!found.isEmpty()) {
            throw CallerFault.invalid("INVALID_SPEC", found);
        }
    }
}
