package dev.plumbline.lm.generate;

/**
 * What is reported besides the log-probabilities of the answer's own tokens.
 *
 * @param alternatives how many of the likeliest tokens in the place of each; fewer if the vocabulary has fewer
 * @param prompt whether the prompt's tokens are reported too
 */
public record LogProbReport(int alternatives, boolean prompt) {
    /** The most alternatives, so that a step's result stays small. */
    public static final int MOST_ALTERNATIVES = 20;

    /** Nothing besides. */
    public static final LogProbReport NONE = new LogProbReport(0, false);

    public LogProbReport {
        if (alternatives < 0 || alternatives > MOST_ALTERNATIVES) {
            throw new IllegalArgumentException(
                    "alternatives must be from 0 to " + MOST_ALTERNATIVES + ", got " + alternatives);
        }
    }
}
