package dev.plumbline.lm;

import java.util.List;
import java.util.function.Function;

/**
 * What a model says of a micro-batch. Row i belongs to its sequence i, and [i][t] to the response token
 * {@code ids[promptLength + t]}. What the model's head does not give is an array of length 0. Arrays are not to be
 * modified.
 *
 * @param logProbs log-probability in nats of each response token under softmax(logits / temperature)
 * @param entropies of the distribution that each response token was chosen from, in nats
 * @param values the score head, its bias included, at the token before each response token, the state in which it is chosen; a row without
 *     prompt has none, since nothing comes before its first token
 * @param scores the score head, its bias included, at each sequence's last token
 */
@SuppressWarnings("ArrayRecordComponent") // numbers of a model: never compared, and too many to copy
public record Outputs(float[][] logProbs, float[][] entropies, float[][] values, float[] scores) {
    static final float[][] NONE = {};

    static Outputs ofLanguage(float[][] logProbs, float[][] entropies) {
        return new Outputs(logProbs, entropies, NONE, new float[0]);
    }

    static Outputs ofScores(float[][] values, float[] scores) {
        return new Outputs(NONE, NONE, values, scores);
    }

    /**
     * Parts of a batch as one.
     *
     * @param indices per part, which sequences of the batch it holds
     */
    static Outputs scattered(List<Outputs> parts, List<List<Integer>> indices) {
        int sequences = indices.stream().mapToInt(List::size).sum();
        float[] scores =
                new float[parts.stream().mapToInt(part -> part.scores.length).sum()];
        for (int i = 0; i < parts.size(); i++) {
            for (int k = 0; k < parts.get(i).scores.length; k++) {
                scores[indices.get(i).get(k)] = parts.get(i).scores[k];
            }
        }
        return new Outputs(
                scattered(parts, indices, sequences, Outputs::logProbs),
                scattered(parts, indices, sequences, Outputs::entropies),
                scattered(parts, indices, sequences, Outputs::values),
                scores);
    }

    private static float[][] scattered(
            List<Outputs> parts, List<List<Integer>> indices, int sequences, Function<Outputs, float[][]> output) {
        if (output.apply(parts.get(0)).length == 0) {
            return NONE;
        }
        float[][] all = new float[sequences][];
        for (int i = 0; i < parts.size(); i++) {
            float[][] part = output.apply(parts.get(i));
            for (int k = 0; k < part.length; k++) {
                all[indices.get(i).get(k)] = part[k];
            }
        }
        return all;
    }
}
