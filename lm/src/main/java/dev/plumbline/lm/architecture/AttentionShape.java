package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * How a decoder attends.
 *
 * @param heads query heads
 * @param keyValueHeads key and value heads; query head h reads key head h / (heads / keyValueHeads)
 * @param headDim width of one head
 * @param inputBias whether the maps to queries, keys and values have a bias
 * @param outputBias whether the map from the heads back to the residual stream has one
 * @param windows per layer, how many positions a token sees, itself included; 0 for all before it
 */
public record AttentionShape(
        int heads, int keyValueHeads, int headDim, boolean inputBias, boolean outputBias, List<Integer> windows) {
    public AttentionShape {
        windows = List.copyOf(windows);
        if (heads < 1 || keyValueHeads < 1 || headDim < 1) {
            throw new IllegalArgumentException("heads, keyValueHeads and headDim must be >= 1, got " + heads + ", "
                    + keyValueHeads + " and " + headDim);
        }
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "heads must be a multiple of keyValueHeads, got " + heads + " and " + keyValueHeads);
        }
    }

    /** Width of all query heads together. */
    public int queryWidth() {
        return heads * headDim;
    }

    /** Width of all key heads together, which is that of the values. */
    public int keyValueWidth() {
        return keyValueHeads * headDim;
    }
}
