package dev.plumbline.rl.loss;

import dev.plumbline.rl.TokenMask;

/**
 * ½ max((V − R)², (clip(V, V_old ± ε_v) − R)²), summed over tokens and divided by N (TRL's {@code PPOTrainer}, after
 * OpenAI's baselines).
 *
 * @param clip ε_v > 0; positive infinity for no clipping
 */
public record ClippedValueLoss(double clip) {
    public ClippedValueLoss {
        if (!(clip > 0)) {
            throw new IllegalArgumentException("clip must be > 0 (infinity for no clipping), got " + clip);
        }
    }

    /**
     * The share of these tokens in the step's loss; derivatives are with respect to {@code values}.
     *
     * @param values V of the value function that learns, [sequence][token]
     * @param normalizer N, the number of tokens under the masks of the whole optimizer step
     */
    public ValueEvaluation evaluate(float[][] values, ValueTargets targets, double normalizer) {
        Normalizer.require(normalizer);
        TokenMask mask = targets.mask();
        mask.requireFinite("values", values);
        double sum = 0;
        long clipped = 0;
        float[][] derivatives = mask.zeros();
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    double value = values[row][token];
                    double target = targets.returns()[row][token];
                    double lowest = targets.oldValues()[row][token] - clip;
                    double highest = targets.oldValues()[row][token] + clip;
                    double error = value - target;
                    double clippedError = Math.max(lowest, Math.min(highest, value)) - target;
                    double clippedSlope = value >= lowest && value <= highest ? clippedError : 0;
                    sum += 0.5 * Math.max(error * error, clippedError * clippedError);
                    clipped += clippedError * clippedError > error * error ? 1 : 0;
                    double slope = LargerOf.slope(error * error, error, clippedError * clippedError, clippedSlope);
                    derivatives[row][token] = (float) (slope / normalizer);
                }
            }
        }
        return new ValueEvaluation(sum / normalizer, derivatives, new ValueDiagnostics(mask.count(), clipped));
    }
}
