package dev.plumbline.lm.generate;

/**
 * The likeliest tokens at one place, the likeliest first.
 *
 * @param ids of the vocabulary; as many as were asked for, or the whole vocabulary
 * @param rawLogProbs of each, in nats, under softmax(logits)
 */
@SuppressWarnings("ArrayRecordComponent") // a result's numbers: never compared
public record TopLogProbs(int[] ids, float[] rawLogProbs) {
    /** Where none were asked for. */
    public static final TopLogProbs NONE = new TopLogProbs(new int[0], new float[0]);

    /**
     * Reads one column of a kernel's result, ids over their log-probabilities.
     *
     * @param start where the first id is
     * @param stride from one number of the column to the next
     * @param count of tokens to read
     * @param computed how many ids come before the log-probabilities
     */
    static TopLogProbs read(double[] numbers, int start, int stride, int count, int computed) {
        if (count == 0) {
            return NONE;
        }
        int[] ids = new int[count];
        float[] logProbs = new float[count];
        for (int i = 0; i < count; i++) {
            ids[i] = (int) numbers[start + i * stride];
            logProbs[i] = (float) numbers[start + (computed + i) * stride];
        }
        return new TopLogProbs(ids, logProbs);
    }
}
