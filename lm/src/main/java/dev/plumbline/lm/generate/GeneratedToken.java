package dev.plumbline.lm.generate;

/**
 * One token of an answer.
 *
 * @param logProb in nats, under the distribution it was really sampled from (0 for a greedy choice)
 * @param rawLogProb in nats, under softmax(logits)
 * @param top the likeliest tokens in its place, as many as were asked for
 */
public record GeneratedToken(int id, float logProb, float rawLogProb, TopLogProbs top) {
    /** A token without alternatives. */
    public GeneratedToken(int id, float logProb, float rawLogProb) {
        this(id, logProb, rawLogProb, TopLogProbs.NONE);
    }
}
