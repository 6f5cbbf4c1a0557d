package dev.plumbline.rl.ranking;

/**
 * What the ranking loss says of one prompt.
 *
 * @param loss the prompt's share of the optimizer step's loss; shares add up
 * @param derivatives of {@code loss} with respect to each score; not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record RankingEvaluation(double loss, float[] derivatives, RankingFigures figures) {}
