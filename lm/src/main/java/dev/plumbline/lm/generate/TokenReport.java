package dev.plumbline.lm.generate;

/**
 * What is computed of each reported token that is read.
 *
 * @param alternatives how many of the likeliest tokens in its place
 * @param temperature divides the logits
 * @param entropies whether the entropy of the distribution in its place is computed too
 */
record TokenReport(int alternatives, float temperature, boolean entropies) {
    /** Of a prompt's tokens. */
    static TokenReport ofPrompt(int alternatives) {
        return new TokenReport(alternatives, 1, false);
    }

    /** Of tokens that are given as a response. */
    static TokenReport ofGiven(float temperature) {
        return new TokenReport(0, temperature, true);
    }
}
