package dev.plumbline.lm.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.architecture.TensorSpec;
import dev.plumbline.lm.checkpoint.WeightSource;
import dev.plumbline.lm.torch.Torch;
import java.util.List;

/** A decoder's weights as native tensors. */
public final class NativeWeights {
    private NativeWeights() {}

    /**
     * Reads tensors into memory that belongs to the manager, on its device.
     *
     * @return float32 tensors in the same order
     */
    public static NDList load(NDManager owner, List<TensorSpec> tensors, WeightSource source) {
        NDList weights = new NDList(tensors.size());
        for (TensorSpec tensor : tensors) {
            weights.add(load(owner, tensor, source));
        }
        return weights;
    }

    private static NDArray load(NDManager owner, TensorSpec tensor, WeightSource source) {
        long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
        NDArray onHost = Torch.emptyHostFloats(owner, shape);
        source.read(tensor, Torch.memory(onHost));
        NDArray onDevice = onHost.toDevice(owner.getDevice(), false);
        if (onDevice != onHost) {
            onDevice.attach(owner);
            onHost.close();
        }
        return onDevice;
    }
}
