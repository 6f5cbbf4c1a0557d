package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.ComputeDevice;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.lm.torch.Kernels;
import dev.plumbline.lm.torch.Torch;
import java.util.Optional;

/**
 * Memory for keys and values, which the engines of one process hand on: what an engine leaves goes to the next one with the same
 * sizes, as a system takes longer to give a process new memory than a version of a small model takes to be read. One piece waits
 * for the next engine as long as another one is in use, so that there are never more of them than engines were open at once.
 * Safe for several threads.
 */
public final class CacheMemory {
    private Optional<Piece> spare = Optional.empty();
    private int inUse;
    private long bytes;

    /** What one engine has. Its content is whatever the engine before it left. */
    static final class Piece {
        private final NDManager owner;
        private final ComputeDevice device;
        private final Precision precision;
        private final NDArray arena;
        private final NDArray pool;

        private Piece(ComputeSettings settings, Kernels kernels, Precision precision, Shape arena, Shape pool) {
            this.owner = Torch.newManager(settings);
            this.device = settings.device();
            this.precision = precision;
            this.arena = vectors(owner, kernels, precision, arena);
            this.pool = vectors(owner, kernels, precision, pool);
        }

        /** Of the slots. */
        NDArray arena() {
            return arena;
        }

        /** Of the beginnings of prompts. */
        NDArray pool() {
            return pool;
        }

        private boolean fits(ComputeSettings settings, Precision wanted, Shape arenaShape, Shape poolShape) {
            return device.equals(settings.device())
                    && precision == wanted
                    && arena.getShape().equals(arenaShape)
                    && pool.getShape().equals(poolShape);
        }

        private long bytes() {
            return (arena.size() + pool.size()) * precision.bytes();
        }
    }

    /** Uninitialised numbers, FLOAT32 or BFLOAT16. DJL by itself makes none of the latter. */
    static NDArray vectors(NDManager owner, Kernels kernels, Precision precision, Shape shape) {
        try (NDArray like = owner.create(new Shape(0))) {
            return kernels.infer(
                            owner,
                            "vectors",
                            Argument.of(like),
                            Argument.of(shape.getShape()),
                            Argument.of(precision == Precision.BFLOAT16 ? 15 : 6))
                    .singletonOrThrow();
        }
    }

    /** A piece of these shapes, FLOAT32 or BFLOAT16, to be given back. */
    synchronized Piece take(ComputeSettings settings, Kernels kernels, Precision precision, Shape arena, Shape pool) {
        Optional<Piece> found = spare.filter(piece -> piece.fits(settings, precision, arena, pool));
        if (found.isEmpty()) {
            spare.ifPresent(this::free);
        }
        spare = Optional.empty();
        Piece piece = found.orElseGet(() -> allocate(settings, kernels, precision, arena, pool));
        inUse++;
        return piece;
    }

    private Piece allocate(ComputeSettings settings, Kernels kernels, Precision precision, Shape arena, Shape pool) {
        Piece piece = new Piece(settings, kernels, precision, arena, pool);
        bytes += piece.bytes();
        return piece;
    }

    private void free(Piece piece) {
        bytes -= piece.bytes();
        piece.owner.close();
    }

    /** All memory that is held: what engines have, and what waits for the next one. */
    public synchronized long bytes() {
        return bytes;
    }

    synchronized void giveBack(Piece piece) {
        inUse--;
        spare.ifPresent(this::free);
        spare = Optional.of(piece).filter(left -> inUse > 0);
        if (spare.isEmpty()) {
            free(piece);
        }
    }
}
