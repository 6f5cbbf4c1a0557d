package dev.plumbline.policy.request;

import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request, so that the caller learns of all of it at once. */
public final class Problems {
    private final List<FieldViolation> violations = new ArrayList<>();
    private String reason = "INVALID_REQUEST";

    /** Notes a wrong field; the first one's reason stands for the whole request. */
    public void add(String reason, String field, String description) {
        if (violations.isEmpty()) {
            this.reason = reason;
        }
        violations.add(new FieldViolation(field, description));
    }

    /** Notes the field if it is wrong. */
    void require(boolean right, String reason, String field, String description) {
        if (!right) {
            add(reason, field, description);
        }
    }

    /** Throws if anything was noted. */
    public void throwIfAny() {
        if (!violations.isEmpty()) {
            throw CallerFault.invalid(reason, violations);
        }
    }
}
