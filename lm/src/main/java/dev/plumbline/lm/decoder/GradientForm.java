package dev.plumbline.lm.decoder;

/**
 * How a decoder that learns computes.
 *
 * @param recomputing whether layers are computed again for their gradients, so that a batch takes the memory of one layer's
 *     activations and the layers' inputs, and 30 to 40 % more time
 * @param bfloat16 whether products and attention are computed in bfloat16, from copies of the weights that are made for each
 *     batch (Micikevicius et al. 2018, with bfloat16 for float16 and so without loss scaling). Weights, moments, the sums of
 *     gradients, the residual stream, normalisations and the softmax over the vocabulary stay float32
 * @param dropout in [0, 1): the share of the elements that is left out of what attention and MLP add to the residual stream
 *     while it learns, see {@link Dropout}; never when it evaluates
 */
public record GradientForm(boolean recomputing, boolean bfloat16, double dropout) {
    /** All activations kept, all in float32. */
    public static final GradientForm USUAL = new GradientForm(false, false);

    public GradientForm {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be in [0, 1), got " + dropout);
        }
    }

    /** Without dropout. */
    public GradientForm(boolean recomputing, boolean bfloat16) {
        this(recomputing, bfloat16, 0);
    }
}
