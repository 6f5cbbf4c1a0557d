package dev.plumbline.rl.ranking;

/**
 * Direct preference optimisation (Rafailov et al. 2023, eq. 7): the loss of a reward model whose reward of an answer y is
 * the policy's own, r(y) = β·(log π(y) − log π_ref(y)). For a prompt with P pairs of unequal rank,
 * 1/P Σ −(1 − ε) log σ(r_w − r_l) − ε log σ(r_l − r_w), w the better answer of a pair and l the worse; the mean over the
 * prompts that have pairs.
 *
 * @param beta β &gt; 0: the larger, the closer the policy stays to the reference
 * @param labelSmoothing ε in [0, 0.5): the share of the pairs that are thought to be labelled the wrong way round
 *     (Mitchell 2023, "conservative DPO")
 */
public record DpoLoss(double beta, double labelSmoothing) {
    public DpoLoss {
        if (!(beta > 0) || Double.isInfinite(beta)) {
            throw new IllegalArgumentException("beta must be > 0 and finite, got " + beta);
        }
        if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
            throw new IllegalArgumentException("labelSmoothing must be in [0, 0.5), got " + labelSmoothing);
        }
    }

    /**
     * One prompt's share of the loss.
     *
     * @param logProbs log π, the sum over each answer's tokens in nats
     * @param reference log π_ref of the same answers
     * @param ranks one per answer; lower is better, equal ranks are a tie
     * @param promptsWithPairs the number of prompts of the whole optimizer step that have pairs
     * @throws IllegalArgumentException if the lengths differ, a number is not finite or the normalizer is not positive
     */
    public DpoEvaluation evaluate(double[] logProbs, double[] reference, int[] ranks, long promptsWithPairs) {
        double[] rewards = rewards(logProbs, reference);
        RankingFigures figures = RankingFigures.measure(rewards, ranks);
        PairwiseLoss loss = PairwiseLoss.of(rewards, ranks, labelSmoothing, promptsWithPairs);
        return new DpoEvaluation(loss.loss(), loss.derivatives(beta), figures, PairSides.of(logProbs, ranks));
    }

    /**
     * r(y) = β·(log π(y) − log π_ref(y)) of each answer.
     *
     * @param logProbs log π, the sum over each answer's tokens in nats
     * @param reference log π_ref of the same answers
     * @throws IllegalArgumentException if the lengths differ
     */
    public double[] rewards(double[] logProbs, double[] reference) {
        if (logProbs.length != reference.length) {
            throw new IllegalArgumentException("logProbs and reference must have one entry per answer, got "
                    + logProbs.length + " and " + reference.length);
        }
        double[] rewards = new double[logProbs.length];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = beta * (logProbs[i] - reference[i]);
        }
        return rewards;
    }
}
