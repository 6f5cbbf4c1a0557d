package dev.plumbline.rl.ranking;

/**
 * What the DPO loss says of one prompt.
 *
 * @param loss the prompt's share of the optimizer step's loss; shares add up
 * @param derivatives of {@code loss} with respect to each answer's log-probability; not to be modified
 * @param rewards how well the implicit rewards agree with the ranking
 * @param logProbs the policy's log-probabilities, in nats per answer
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record DpoEvaluation(double loss, float[] derivatives, RankingFigures rewards, PairSides logProbs) {}
