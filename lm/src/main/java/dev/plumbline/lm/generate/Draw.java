package dev.plumbline.lm.generate;

/**
 * How the next token of one row is drawn.
 *
 * @param uniform in (0, 1), chooses the token
 * @param changes to the logits, made for the same sampling
 * @param forbidden ids that cannot be chosen, not to be modified
 * @param alternatives how many of the likeliest tokens are reported
 */
@SuppressWarnings("ArrayRecordComponent") // on its way to the kernel: never compared
record Draw(double uniform, SamplingParameters sampling, LogitChanges changes, int[] forbidden, int alternatives) {
    private static final int[] NOTHING = {};

    /** The first token of an answer to nothing. */
    static Draw of(double uniform, SamplingParameters sampling) {
        return new Draw(uniform, sampling, new LogitChanges(sampling, NOTHING), NOTHING, 0);
    }
}
