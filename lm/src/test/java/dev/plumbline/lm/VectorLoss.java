package dev.plumbline.lm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The loss that a model of the golden numbers learns, over all its rows, in micro-batches. */
final class VectorLoss {
    private final ModelVectors model;
    private final List<MicroBatch> batches = new ArrayList<>();

    /** @param rowsPerBatch for a loss that a micro-batch may split: any number gives the same gradients */
    VectorLoss(ModelVectors model, int rowsPerBatch) {
        this.model = model;
        List<TokenSequence> sequences = new ArrayList<>();
        if (ranks()) {
            for (JsonNode row : model.cases().required("rows").required("ranked")) {
                sequences.add(new TokenSequence(model.validIds(row.intValue()), 0));
            }
            batches.add(new MicroBatch(sequences, 1));
            return;
        }
        JsonNode promptLengths = model.cases().required("prompt_lengths");
        for (int row = 0; row < model.rows(); row++) {
            int[] ids = model.validIds(row);
            int prompt = promptLengths.get(row).intValue();
            int responses =
                    Arrays.stream(model.tensors().ints("response_mask", row)).sum();
            if (responses != ids.length - prompt) {
                throw new AssertionError("row " + row + " has " + responses + " response tokens in its mask");
            }
            sequences.add(new TokenSequence(ids, prompt));
        }
        for (int start = 0; start < sequences.size(); start += rowsPerBatch) {
            int end = Math.min(sequences.size(), start + rowsPerBatch);
            batches.add(new MicroBatch(sequences.subList(start, end), 1));
        }
    }

    private boolean ranks() {
        return model.cases().has("ranking");
    }

    /** Accumulates the gradients of the whole loss. */
    double accumulate(TrainableModel trainable) {
        double[] loss = new double[1];
        for (MicroBatch batch : batches) {
            trainable.accumulate(batch, outputs -> {
                Evaluation evaluation = evaluate(outputs);
                loss[0] += evaluation.loss;
                return evaluation.derivatives;
            });
        }
        return loss[0];
    }

    double of(TrainableModel trainable) {
        return batches.stream()
                .mapToDouble(batch -> evaluate(trainable.evaluate(batch)).loss)
                .sum();
    }

    private record Evaluation(double loss, OutputDerivatives derivatives) {}

    private Evaluation evaluate(Outputs outputs) {
        return ranks() ? ranking(outputs.scores()) : negativeLogLikelihood(outputs.logProbs());
    }

    /** Sum of -log p over the response tokens of all micro-batches, divided by their number. */
    private Evaluation negativeLogLikelihood(float[][] logProbs) {
        int tokens = batches.stream()
                .flatMap(batch -> batch.sequences().stream())
                .mapToInt(TokenSequence::responseLength)
                .sum();
        double sum = 0;
        float[][] derivatives = new float[logProbs.length][];
        for (int i = 0; i < logProbs.length; i++) {
            derivatives[i] = new float[logProbs[i].length];
            Arrays.fill(derivatives[i], -1f / tokens);
            for (float logProb : logProbs[i]) {
                sum -= logProb;
            }
        }
        return new Evaluation(sum / tokens, OutputDerivatives.ofLogProbs(derivatives));
    }

    /** Mean over pairs with rank_i < rank_j of -log sigmoid(r_i - r_j). */
    private Evaluation ranking(float[] scores) {
        JsonNode ranks = model.cases().required("ranks");
        int pairs = 0;
        double sum = 0;
        double[] derivatives = new double[scores.length];
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                if (ranks.get(i).intValue() < ranks.get(j).intValue()) {
                    double difference = (double) scores[i] - scores[j];
                    double wrong = 1 / (1 + Math.exp(difference));
                    sum += Math.log1p(Math.exp(-difference));
                    derivatives[i] -= wrong;
                    derivatives[j] += wrong;
                    pairs++;
                }
            }
        }
        float[] mean = new float[scores.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (derivatives[i] / pairs);
        }
        return new Evaluation(sum / pairs, OutputDerivatives.ofScores(mean));
    }
}
