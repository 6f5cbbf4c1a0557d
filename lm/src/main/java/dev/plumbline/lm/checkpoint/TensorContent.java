package dev.plumbline.lm.checkpoint;

import dev.plumbline.lm.architecture.TensorSpec;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A tensor to be written.
 *
 * @param elements float32 in little-endian order, in a buffer of its own; asked for when its turn comes
 */
public record TensorContent(TensorSpec tensor, Supplier<ByteBuffer> elements) {}
