package dev.plumbline.rl.ranking;

/**
 * The logistic loss over the P pairs of unequal rank of a prompt (Bradley and Terry 1952): with m = x_w − x_l,
 * 1/P Σ −(1 − ε) log σ(m) − ε log σ(−m), w the better answer of a pair and l the worse, divided by the prompts of the
 * optimizer step that have pairs.
 *
 * @param derivatives of {@code loss} with respect to each x; not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
record PairwiseLoss(double loss, double[] derivatives) {
    /**
     * One prompt's share.
     *
     * @param values x, one per answer, finite
     * @param labelSmoothing ε, the share of the pairs that are thought to be labelled the wrong way round
     * @param promptsWithPairs the number of prompts of the whole optimizer step that have pairs
     */
    static PairwiseLoss of(double[] values, int[] ranks, double labelSmoothing, long promptsWithPairs) {
        if (promptsWithPairs <= 0) {
            throw new IllegalArgumentException(
                    "promptsWithPairs must be the number of such prompts in the whole optimizer step, > 0, got "
                            + promptsWithPairs);
        }
        double weight = 1.0 / (RankingLoss.pairs(ranks) * promptsWithPairs);
        double right = 1 - labelSmoothing;
        double loss = 0;
        double[] derivatives = new double[values.length];
        for (int w = 0; w < ranks.length; w++) {
            for (int l = 0; l < ranks.length; l++) {
                if (ranks[w] < ranks[l]) {
                    double margin = values[w] - values[l];
                    loss += weight
                            * (right * Sigmoid.negativeLog(margin) + labelSmoothing * Sigmoid.negativeLog(-margin));
                    double derivative = weight * (labelSmoothing * Sigmoid.of(margin) - right * Sigmoid.of(-margin));
                    derivatives[w] += derivative;
                    derivatives[l] -= derivative;
                }
            }
        }
        return new PairwiseLoss(loss, derivatives);
    }

    /** The derivatives times a factor, the derivative of the values with respect to what a model gives. */
    float[] derivatives(double factor) {
        float[] result = new float[derivatives.length];
        for (int i = 0; i < derivatives.length; i++) {
            result[i] = (float) (factor * derivatives[i]);
        }
        return result;
    }
}
