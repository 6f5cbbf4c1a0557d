package dev.plumbline.lm.decoder;

import dev.plumbline.lm.architecture.LinearMap;
import java.util.List;

/** What a method decides for itself when the layers are written into it: where weights are, and what attention reads. */
public interface DecoderParts {
    /** An expression for a tensor of the checkpoint. */
    String tensor(String name);

    /**
     * Writes the application of maps that have the same input, so that they can be computed together.
     *
     * @param input a variable of shape [B, T, inputs]
     * @param outputs the variables to assign, [B, T, outputs] each, one per map
     */
    void project(Statements body, List<LinearMap> maps, String input, List<String> outputs);

    /**
     * An expression of the attention's result, [B, T, heads * headDim], for a layer.
     *
     * @param query a variable of shape [B, T, heads, headDim], rotated
     * @param key a variable of shape [B, T, keyValueHeads, headDim], rotated
     * @param value a variable of shape [B, T, keyValueHeads, headDim]
     */
    String attention(int layer, String query, String key, String value);

    /**
     * Writes the choice of the tokens whose output is wanted. In the last layer the others serve by their keys and values
     * alone, and are left out of all that follows.
     *
     * @param variables of shape [B, T, width] each, to be assigned [1, wanted, width]
     */
    void keepWanted(Statements body, List<String> variables);

    /**
     * Writes the addition of a variable {@code h}, what attention or MLP say, to the residual stream {@code x}.
     *
     * @param branch counted through the layers, two for each
     */
    default void addToStream(Statements body, int branch) {
        body.add("x = x + h");
    }
}
