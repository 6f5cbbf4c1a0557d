package dev.plumbline.lm;

import dev.plumbline.lm.decoder.GradientForm;

/** What of a model learns, and how the gradients are computed. */
public record Learning(Learned learned, GradientForm gradients) {
    /** All of the model, in the usual way. */
    public static final Learning USUAL = new Learning(new Learned.Everything(), GradientForm.USUAL);
}
