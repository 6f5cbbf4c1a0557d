package dev.plumbline.serving.error;

import java.io.Serializable;
import java.util.Objects;

/**
 * One wrong field of a request.
 *
 * @param field path in the request, {@code sampling.top_k}
 * @param description the fact and the fix, with the value
 */
public record FieldViolation(String field, String description) implements Serializable {
    public FieldViolation {
        Objects.requireNonNull(field);
        Objects.requireNonNull(description);
    }
}
