package dev.plumbline.rl.loss;

/** What the policy of PPO minimises: the clipped surrogate less the entropy bonus. */
public record PpoObjective(ClippedPolicyLoss policyLoss, EntropyBonus entropyBonus) {
    /**
     * The share of these tokens in the step's loss.
     *
     * @param logProbs log π of the policy that learns, [sequence][token], nats
     * @param entropies of the policy that learns, same shape, nats
     * @param normalizer the number of tokens under the masks of the whole optimizer step
     */
    public PpoEvaluation evaluate(
            float[][] logProbs, float[][] entropies, PolicyExperience experience, double normalizer) {
        TokenLoss policy = policyLoss.evaluate(logProbs, experience, normalizer);
        TokenLoss entropy = entropyBonus.evaluate(entropies, experience.mask(), normalizer);
        return new PpoEvaluation(
                policy.loss() + entropy.loss(),
                policy.loss(),
                policy.derivatives(),
                entropyBonus.coefficient() == 0 ? new float[0][] : entropy.derivatives(),
                PolicyDiagnostics.measure(logProbs, entropies, experience, policyLoss));
    }
}
