package dev.plumbline.reward.verifier;

import java.io.Serial;

/** A verifier answers what cannot be used. */
final class VerifierFaultException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    VerifierFaultException(String message) {
        super(message);
    }

    VerifierFaultException(String message, Throwable cause) {
        super(message, cause);
    }
}
