package dev.plumbline.rl.loss;

/**
 * What the PPO objective says of some tokens; arrays are not to be modified.
 *
 * @param loss the share of the tokens in the step's loss: clipped surrogate less entropy bonus, and KL loss
 * @param policyLoss the surrogate alone ({@code loss/policy_avg})
 * @param klLoss what the divergence from the reference costs ({@code loss/kl_avg})
 * @param logProbDerivatives of {@code loss} with respect to the log-probs, 0 outside the mask
 * @param entropyDerivatives of {@code loss} with respect to the entropies, 0 outside the mask; no rows at all if there is
 *     no bonus, so that nothing need be back-propagated through the entropies
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record PpoEvaluation(
        double loss,
        double policyLoss,
        double klLoss,
        float[][] logProbDerivatives,
        float[][] entropyDerivatives,
        PolicyDiagnostics diagnostics) {}
