package dev.plumbline.policy.engine;

import dev.plumbline.lm.generate.FinishReason;

/** Why work is ended from outside. */
public enum StopCause {
    /** Nobody waits for it any more. */
    CANCELLED(FinishReason.CANCELLED),
    /** Its deadline has passed. */
    DEADLINE(FinishReason.DEADLINE),
    /** The server stops. */
    ABORTED(FinishReason.ABORTED),
    /** An operator ends it. */
    ORDERED(FinishReason.ABORTED);

    private final FinishReason finishReason;

    StopCause(FinishReason finishReason) {
        this.finishReason = finishReason;
    }

    /** How answers end by it. */
    public FinishReason finishReason() {
        return finishReason;
    }
}
