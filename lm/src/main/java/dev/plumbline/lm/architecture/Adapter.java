package dev.plumbline.lm.architecture;

import java.util.List;

/**
 * A low-rank addition to a linear map: scale * up(down(x)).
 *
 * @param map what it is added to
 * @param down A of Hu et al. 2021, [rank, inputs]
 * @param up B, [outputs, rank], 0 at first
 */
public record Adapter(LinearMap map, TensorSpec down, TensorSpec up, double scale) {
    static Adapter of(LinearMap map, Lora lora) {
        // As spread as the uniform numbers between -1 / sqrt(inputs) and 1 / sqrt(inputs) that PEFT starts from.
        double deviation = 1 / Math.sqrt(3.0 * map.inputs());
        return new Adapter(
                map,
                new TensorSpec(
                        map.name() + ".lora_A.weight",
                        List.of(lora.rank(), map.inputs()),
                        new Initialisation.Normal(deviation)),
                new TensorSpec(
                        map.name() + ".lora_B.weight",
                        List.of(map.outputs(), lora.rank()),
                        new Initialisation.Constant(0)),
                lora.scale());
    }
}
