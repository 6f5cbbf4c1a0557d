package dev.plumbline.lm.generate;

/** One token for each row of a step: all that leaves native memory. */
final class ChosenTokens {
    private final double[] numbers;
    private final int rows;

    /** @param numbers ids, log-probabilities and raw log-probabilities, [3, rows] */
    ChosenTokens(double[] numbers) {
        this.numbers = numbers;
        this.rows = numbers.length / 3;
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

    /** Whether the logits of the row were numbers at all. */
    boolean finite(int row) {
        return Double.isFinite(numbers[rows + row]) && Double.isFinite(numbers[2 * rows + row]);
    }
}
