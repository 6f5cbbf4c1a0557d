package dev.plumbline.lm.generate;

/**
 * What the model thinks of a response that was given.
 *
 * @param logProbs of each of its tokens after those before it, in nats, under softmax(logits / temperature)
 * @param entropies of the distribution in the place of each, in nats
 */
@SuppressWarnings("ArrayRecordComponent") // a result's numbers: never compared
public record GivenLogProbs(float[] logProbs, float[] entropies) {
    /** Reads what {@code prompt_logprobs.py} computed, [tokens, 2]. */
    static GivenLogProbs read(double[] numbers) {
        float[] logProbs = new float[numbers.length / 2];
        float[] entropies = new float[numbers.length / 2];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = (float) numbers[2 * i];
            entropies[i] = (float) numbers[2 * i + 1];
        }
        return new GivenLogProbs(logProbs, entropies);
    }

    /** Whether the logits were numbers at all. */
    boolean finite() {
        for (int i = 0; i < logProbs.length; i++) {
            if (!Float.isFinite(logProbs[i]) || !Float.isFinite(entropies[i])) {
                return false;
            }
        }
        return true;
    }
}
