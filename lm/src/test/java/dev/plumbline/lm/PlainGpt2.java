package dev.plumbline.lm;

import dev.plumbline.lm.architecture.TensorSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** GPT-2 (Radford et al. 2019) in plain float64, token by token, with dropout where the reference has resid_pdrop. */
final class PlainGpt2 {
    private static final double EPSILON = 1e-5;

    private final Map<String, float[]> weights = new HashMap<>();
    private final int width;
    private final int heads;
    private final int layers;
    private final double[][][] factors;

    /**
     * The weights of a model.
     *
     * @param factors [2 * layers][positions][width]: what an element is multiplied by before it is added to the residual
     *     stream, for attention and MLP of each layer
     */
    PlainGpt2(TrainableModel model, double[][][] factors) {
        for (TensorSpec tensor : model.layout().tensors()) {
            weights.put(tensor.name(), model.weights(tensor));
        }
        this.width = model.config().hiddenSize();
        this.heads = model.config().attention().heads();
        this.layers = model.config().layers();
        this.factors = factors;
    }

    /** Not to be copied: a test may change its elements. */
    float[] weight(String name) {
        return Objects.requireNonNull(weights.get(name), name);
    }

    /** Of the response's tokens. */
    double[] logProbs(TokenSequence sequence, double temperature) {
        int[] ids = sequence.ids();
        float[] tokens = weight("transformer.wte.weight");
        float[] positions = weight("transformer.wpe.weight");
        double[][] x = new double[ids.length][width];
        for (int t = 0; t < ids.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] = tokens[ids[t] * width + i] + positions[t * width + i];
            }
        }
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "transformer.h." + layer + ".";
            add(x, attention(x, prefix), 2 * layer);
            add(x, mlp(x, prefix), 2 * layer + 1);
        }
        return IntStream.range(sequence.promptLength(), ids.length)
                .mapToDouble(t -> logProb(x[t - 1], ids[t], temperature))
                .toArray();
    }

    private void add(double[][] x, double[][] h, int branch) {
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < width; i++) {
                x[t][i] += h[t][i] * factors[branch][t][i];
            }
        }
    }

    private double[][] attention(double[][] x, String prefix) {
        double[][] qkv = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            qkv[t] = linear(norm(x[t], prefix + "ln_1"), prefix + "attn.c_attn");
        }
        double[][] out = new double[x.length][];
        int size = width / heads;
        for (int t = 0; t < x.length; t++) {
            double[] mixed = new double[width];
            for (int from = 0; from < width; from += size) {
                double[] seen = new double[t + 1];
                double sum = 0;
                for (int s = 0; s <= t; s++) {
                    double score = 0;
                    for (int i = from; i < from + size; i++) {
                        score += qkv[t][i] * qkv[s][width + i];
                    }
                    seen[s] = Math.exp(score / Math.sqrt(size));
                    sum += seen[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int i = from; i < from + size; i++) {
                        mixed[i] += seen[s] / sum * qkv[s][2 * width + i];
                    }
                }
            }
            out[t] = linear(mixed, prefix + "attn.c_proj");
        }
        return out;
    }

    private double[][] mlp(double[][] x, String prefix) {
        double[][] out = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] h = linear(norm(x[t], prefix + "ln_2"), prefix + "mlp.c_fc");
            for (int i = 0; i < h.length; i++) {
                double inner = Math.sqrt(2 / Math.PI) * (h[i] + 0.044715 * Math.pow(h[i], 3));
                h[i] = 0.5 * h[i] * (1 + Math.tanh(inner));
            }
            out[t] = linear(h, prefix + "mlp.c_proj");
        }
        return out;
    }

    private double[] norm(double[] x, String name) {
        double mean = 0;
        for (double element : x) {
            mean += element / width;
        }
        double variance = 0;
        for (double element : x) {
            variance += (element - mean) * (element - mean) / width;
        }
        float[] gain = weight(name + ".weight");
        float[] bias = weight(name + ".bias");
        double[] out = new double[width];
        for (int i = 0; i < width; i++) {
            out[i] = (x[i] - mean) / Math.sqrt(variance + EPSILON) * gain[i] + bias[i];
        }
        return out;
    }

    /** Its weight is [inputs, outputs]. */
    private double[] linear(double[] x, String name) {
        float[] weight = weight(name + ".weight");
        float[] bias = weight(name + ".bias");
        double[] out = new double[bias.length];
        for (int j = 0; j < out.length; j++) {
            out[j] = bias[j];
            for (int i = 0; i < x.length; i++) {
                out[j] += x[i] * weight[i * out.length + j];
            }
        }
        return out;
    }

    private double logProb(double[] x, int target, double temperature) {
        double[] hidden = norm(x, "transformer.ln_f");
        float[] head = weight("lm_head.weight");
        double sum = 0;
        double wanted = 0;
        for (int token = 0; token * width < head.length; token++) {
            double logit = 0;
            for (int i = 0; i < width; i++) {
                logit += hidden[i] * head[token * width + i] / temperature;
            }
            sum += Math.exp(logit);
            wanted = token == target ? logit : wanted;
        }
        return wanted - Math.log(sum);
    }
}
