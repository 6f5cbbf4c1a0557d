package dev.plumbline.lm;

/**
 * The derivatives of a loss with respect to each number of {@link Outputs}, in the same shapes. An array of length 0
 * stands for zeros.
 */
@SuppressWarnings("ArrayRecordComponent") // numbers of a model: never compared, and too many to copy
public record OutputDerivatives(float[][] logProbs, float[][] entropies, float[][] values, float[] scores) {
    /** Of a loss of log-probabilities alone. */
    public static OutputDerivatives ofLogProbs(float[][] logProbs) {
        return new OutputDerivatives(logProbs, Outputs.NONE, Outputs.NONE, new float[0]);
    }

    /** Of a loss of values alone. */
    public static OutputDerivatives ofValues(float[][] values) {
        return new OutputDerivatives(Outputs.NONE, Outputs.NONE, values, new float[0]);
    }

    /** Of a loss of scores alone. */
    public static OutputDerivatives ofScores(float[] scores) {
        return new OutputDerivatives(Outputs.NONE, Outputs.NONE, Outputs.NONE, scores);
    }
}
