package dev.plumbline.lm;

import dev.plumbline.lm.architecture.DecoderLayout;
import dev.plumbline.lm.architecture.Lora;
import dev.plumbline.lm.architecture.Parameters;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.RandomWeights;
import dev.plumbline.lm.checkpoint.WeightSource;
import java.util.Set;
import java.util.stream.Collectors;

/** Which of a model's tensors learn. */
public sealed interface Learned {
    /** The tensors of a model that learns in this way. */
    Parameters parameters(DecoderLayout layout);

    /**
     * Where they come from.
     *
     * @param stored has those of the layout
     */
    WeightSource weights(Parameters parameters, WeightSource stored);

    /** All of it. */
    record Everything() implements Learned {
        @Override
        public Parameters parameters(DecoderLayout layout) {
            return Parameters.full(layout);
        }

        @Override
        public WeightSource weights(Parameters parameters, WeightSource stored) {
            return stored;
        }
    }

    /**
     * Low-rank adapters on its linear maps and, under a score head, that head; the rest is frozen. The adapters change
     * nothing at first (Hu et al. 2021).
     *
     * @param seed of the adapters' first matrices
     */
    record Adapters(Lora lora, long seed) implements Learned {
        @Override
        public Parameters parameters(DecoderLayout layout) {
            return Parameters.adapted(layout, lora);
        }

        @Override
        public WeightSource weights(Parameters parameters, WeightSource stored) {
            Set<String> storedNames =
                    parameters.layout().tensors().stream().map(TensorSpec::name).collect(Collectors.toSet());
            WeightSource random = new RandomWeights(seed);
            return (tensor, target) -> (storedNames.contains(tensor.name()) ? stored : random).read(tensor, target);
        }
    }
}
