package dev.plumbline.lm.generate;

/** Why an answer ended. */
public enum FinishReason {
    /** The model chose its end-of-sequence token. */
    EOS,
    /** The text contained a stop string. */
    STOP_STRING,
    /** The model chose one of the request's stop tokens. */
    STOP_TOKEN,
    /** The answer has as many tokens as were allowed. */
    LENGTH,
    /** The caller no longer wants the answer. */
    CANCELLED,
    /** The caller's time was over. */
    DEADLINE,
    /** The engine was told to give up, because it drains for example. */
    ABORTED;

    /** Whether the answer was cut off from outside, rather than ended by the model or the request. */
    public boolean interrupted() {
        return this == CANCELLED || this == DEADLINE || this == ABORTED;
    }
}
