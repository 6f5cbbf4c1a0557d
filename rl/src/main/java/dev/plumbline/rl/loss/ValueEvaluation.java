package dev.plumbline.rl.loss;

/**
 * What the value loss says of some tokens.
 *
 * @param loss the share of the tokens in the step's loss ({@code loss/value_avg})
 * @param derivatives of {@code loss} with respect to the values, 0 outside the mask; not to be modified
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record ValueEvaluation(double loss, float[][] derivatives, ValueDiagnostics diagnostics) {}
