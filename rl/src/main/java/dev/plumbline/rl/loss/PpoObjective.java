package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/** What the policy minimises: the clipped surrogate less the entropy bonus, and the divergence from the reference. */
public record PpoObjective(PolicyLoss policyLoss, EntropyBonus entropyBonus, KlLoss klLoss) {
    /**
     * The share of these tokens in the step's loss.
     *
     * @param logProbs log π of the policy that learns, [sequence][token], nats
     * @param entropies of the policy that learns, same shape, nats
     * @param experience with reference log-probs where the KL loss has a coefficient
     * @param normalizers one per sequence, by {@link Aggregation}
     */
    public PpoEvaluation evaluate(
            float[][] logProbs, float[][] entropies, PolicyExperience experience, double... normalizers) {
        TokenMask mask = experience.mask();
        if (normalizers.length != mask.rows()) {
            throw new IllegalArgumentException(
                    "normalizers must have one entry per sequence (" + mask.rows() + "), got " + normalizers.length);
        }
        mask.requireFinite("logProbs", logProbs);
        mask.requireFinite("entropies", entropies);
        double surrogate = 0;
        double bonus = 0;
        double divergence = 0;
        float[][] logProbDerivatives = new float[mask.rows()][];
        float[][] entropyDerivatives = new float[entropyBonus.coefficient() == 0 ? 0 : mask.rows()][];
        // Sequences add up like micro-batches, each with a normalizer of its own.
        for (int row = 0; row < mask.rows(); row++) {
            PolicyExperience sequence = experience.select(row);
            float[][] logProb = {logProbs[row]};
            TokenLoss policy = policyLoss.evaluate(logProb, sequence, normalizers[row]);
            surrogate += policy.loss();
            logProbDerivatives[row] = policy.derivatives()[0];
            TokenLoss entropy =
                    entropyBonus.evaluate(new float[][] {entropies[row]}, sequence.mask(), normalizers[row]);
            bonus += entropy.loss();
            if (entropyDerivatives.length > 0) {
                entropyDerivatives[row] = entropy.derivatives()[0];
            }
            if (klLoss.coefficient() > 0) {
                TokenLoss kl =
                        klLoss.evaluate(logProb, sequence.referenceLogProbs(), sequence.mask(), normalizers[row]);
                divergence += kl.loss();
                add(kl.derivatives()[0], logProbDerivatives[row]);
            }
        }
        return new PpoEvaluation(
                surrogate + bonus + divergence,
                surrogate,
                divergence,
                logProbDerivatives,
                entropyDerivatives,
                PolicyDiagnostics.measure(logProbs, entropies, experience, policyLoss));
    }

    private static void add(float[] addend, float[] sum) {
        for (int token = 0; token < sum.length; token++) {
            sum[token] += addend[token];
        }
    }
}
