package dev.plumbline.rl.loss;

/**
 * A loss and its derivatives.
 *
 * @param loss the share of the given tokens in the optimizer step's loss; shares of micro-batches add up
 * @param derivatives of {@code loss} with respect to the model's output per token, 0 outside the mask; not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record TokenLoss(double loss, float[][] derivatives) {}
