package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * A learned linear map.
 *
 * @param name the module's name in the checkpoint
 * @param bias what is added to the product
 * @param inputMajor whether the weight is stored as [inputs, outputs] (GPT-2's Conv1D) and not as [outputs, inputs]
 * @param deviation standard deviation of its random weights
 */
public record LinearMap(String name, int inputs, int outputs, Bias bias, boolean inputMajor, double deviation) {
    public String weight() {
        return name + ".weight";
    }

    /** Name of the bias, if there is one. */
    public String biasName() {
        return name + ".bias";
    }

    void addTo(List<TensorSpec> tensors) {
        List<Integer> shape = inputMajor ? List.of(inputs, outputs) : List.of(outputs, inputs);
        tensors.add(new TensorSpec(weight(), shape, new Initialisation.Normal(deviation)));
        if (bias.present()) {
            tensors.add(new TensorSpec(biasName(), List.of(outputs), new Initialisation.Constant(0)));
        }
    }
}
