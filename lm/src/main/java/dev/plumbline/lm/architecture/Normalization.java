package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * A normalisation over the last axis: LayerNorm if it has a bias, RMSNorm if not.
 *
 * @param name the module's name in the checkpoint
 */
public record Normalization(String name, int width, boolean bias) {
    public String weight() {
        return name + ".weight";
    }

    /** Name of the bias, if there is one. */
    public String biasName() {
        return name + ".bias";
    }

    void addTo(List<TensorSpec> tensors) {
        tensors.add(new TensorSpec(weight(), List.of(width), new Initialisation.Constant(1)));
        if (bias) {
            tensors.add(new TensorSpec(biasName(), List.of(width), new Initialisation.Constant(0)));
        }
    }
}
