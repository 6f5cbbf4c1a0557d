package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * One learned tensor of a decoder.
 *
 * @param name as in the checkpoint
 */
public record TensorSpec(String name, List<Integer> shape, Initialisation initialisation) {
    public TensorSpec {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public int size() {
        return shape.stream().reduce(1, Math::multiplyExact);
    }
}
