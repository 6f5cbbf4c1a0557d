package dev.plumbline.lm.checkpoint;

import dev.plumbline.lm.architecture.TensorSpec;
import java.nio.ByteBuffer;

/** Where a model's weights come from. */
public interface WeightSource {
    /**
     * Writes all elements of a tensor as float32.
     *
     * @param target direct memory for exactly the elements, in native byte order
     */
    void read(TensorSpec tensor, ByteBuffer target);
}
