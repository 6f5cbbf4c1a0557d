package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Torch;
import java.nio.ByteBuffer;
import java.util.List;

/** A decoder's weights averaged over time, in native memory beside them. One caller at a time. */
public final class AveragedWeights {
    private final Decoder decoder;
    private final NDList averages = new NDList();

    /** Begins with the weights as they are now; lives as long as the decoder. */
    public AveragedWeights(Decoder decoder) {
        this.decoder = decoder;
        try (NDManager scope = decoder.owner().newSubManager()) {
            for (NDArray weight : decoder.weights()) {
                NDArray average = decoder.owner().zeros(weight.getShape());
                averages.add(average);
                assign(scope, average, weight);
            }
        }
    }

    /** average ← decay · average + (1 − decay) · weights. */
    public void update(double decay) {
        try (NDManager scope = decoder.owner().newSubManager()) {
            decoder.kernels()
                    .infer(scope, "average", Argument.of(averages), Argument.of(decoder.weights()), Argument.of(decay));
        }
    }

    /** Takes over averages that were saved. */
    public void restore(WeightSource source) {
        List<TensorSpec> tensors = decoder.layout().tensors();
        for (int i = 0; i < tensors.size(); i++) {
            try (NDManager scope = decoder.owner().newSubManager()) {
                NDArray onHost =
                        Torch.emptyHostFloats(scope, averages.get(i).getShape().getShape());
                source.read(tensors.get(i), Torch.memory(onHost));
                assign(scope, averages.get(i), onHost);
            }
        }
    }

    /** A tensor's averages; the buffer is valid until the next update. */
    public ByteBuffer read(TensorSpec tensor) {
        return Torch.memory(averages.get(decoder.layout().index(tensor.name())));
    }

    private void assign(NDManager scope, NDArray target, NDArray source) {
        decoder.kernels().infer(scope, "assign", Argument.of(target), Argument.of(source));
    }
}
