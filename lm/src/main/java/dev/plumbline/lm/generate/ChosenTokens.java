package dev.plumbline.lm.generate;

/** One token for each row of a step: all that leaves native memory. */
final class ChosenTokens {
    /** Id, log-probability and raw log-probability. */
    private static final int NUMBERS = 3;

    private final double[] numbers;
    private final int[] alternatives;
    private final int rows;

    /** How many alternatives were computed. */
    private final int computed;

    /**
     * Reads the result of {@code choose.py}.
     *
     * @param numbers ids, log-probabilities and raw log-probabilities, then ids and raw log-probabilities of the likeliest
     *     tokens, [3 + 2 computed, rows]
     * @param alternatives how many of the likeliest tokens each row wants
     */
    ChosenTokens(double[] numbers, int[] alternatives) {
        this.numbers = numbers;
        this.alternatives = alternatives;
        this.rows = alternatives.length;
        this.computed = rows == 0 ? 0 : (numbers.length / rows - NUMBERS) / 2;
    }

    int id(int row) {
        return (int) numbers[row];
    }

    /** Under the distribution it was sampled from, in nats. */
    float logProb(int row) {
        return (float) numbers[rows + row];
    }

    /** Under softmax(logits), in nats. */
    float rawLogProb(int row) {
        return (float) numbers[2 * rows + row];
    }

    /** With the alternatives that its row asked for. */
    GeneratedToken token(int row) {
        TopLogProbs top = TopLogProbs.read(numbers, NUMBERS * rows + row, rows, alternatives[row], computed);
        return new GeneratedToken(id(row), logProb(row), rawLogProb(row), top);
    }

    /** Whether the logits of the row were numbers at all. */
    boolean finite(int row) {
        return Double.isFinite(numbers[rows + row]) && Double.isFinite(numbers[2 * rows + row]);
    }
}
