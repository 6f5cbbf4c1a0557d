package dev.plumbline.reward.verifier;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** A verifier cannot be reached, is too slow or overloaded. It passes. */
final class VerifierAwayException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    VerifierAwayException(String message) {
        super(message);
    }

    VerifierAwayException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
