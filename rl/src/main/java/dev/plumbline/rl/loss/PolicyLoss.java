package dev.plumbline.rl.loss;

/** What a policy loses by the advantages of its tokens. */
public sealed interface PolicyLoss permits ClippedPolicyLoss, SequenceRatioLoss {
    /**
     * The share of these tokens in the step's loss; derivatives are with respect to {@code logProbs}.
     *
     * @param logProbs log π of the policy that learns, [sequence][token], nats
     * @param normalizer N, by which the sum over tokens is divided: of the whole optimizer step
     */
    TokenLoss evaluate(float[][] logProbs, PolicyExperience experience, double normalizer);

    /** ρ as the loss of each token has it, [sequence][token]; 0 outside the mask. */
    double[][] ratios(float[][] logProbs, PolicyExperience experience);

    /** The surrogate that bounds the ratio. */
    ClippedPolicyLoss surrogate();
}
