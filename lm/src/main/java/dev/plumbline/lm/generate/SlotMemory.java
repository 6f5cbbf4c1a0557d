package dev.plumbline.lm.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.plumbline.lm.generate.CacheLayout.Level;
import dev.plumbline.lm.torch.Argument;
import dev.plumbline.lm.torch.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Keys and values in the slots, and of prefixes in the pool: what moves between them outside a step. For one thread. */
final class SlotMemory {
    private final NDManager owner;
    private final Kernels kernels;
    private final int layers;
    private final CacheLayout layout;
    private final NDArray arena;
    private final NDArray pool;

    /** @param piece stays its owner's to give back, after the last use of this */
    SlotMemory(NDManager owner, Kernels kernels, int layers, CacheLayout layout, CacheMemory.Piece piece) {
        this.owner = owner;
        this.kernels = kernels;
        this.layers = layers;
        this.layout = layout;
        this.arena = piece.arena();
        this.pool = piece.pool();
    }

    /** Blocks of prefixes that the pool holds. */
    int poolBlocks() {
        return (int) pool.getShape().get(0);
    }

    /** Copies the first positions of a slot into another one. */
    void copy(int source, int to, int positions) {
        for (Level level : layout.levels().subList(0, layout.depth(positions))) {
            int here = Math.min(level.length(), positions - level.start());
            inLevel("copy_slot", level, source, to, here);
        }
    }

    /** Makes a slot's numbers finite again: even hidden ones spoil a sum if they are not. */
    void clear(int slot) {
        for (Level level : layout.levels()) {
            if (slot < level.slots()) {
                inLevel("clear_slot", level, slot);
            }
        }
    }

    /**
     * Copies blocks of the pool into a slot.
     *
     * @param block the place of the first one in the slot, counted in blocks
     */
    void load(int slot, int block, int[] places) {
        moveBlocks("load_blocks", slot, block, places);
    }

    /** Copies blocks of a slot into the pool. */
    void store(int slot, int block, int[] places) {
        moveBlocks("store_blocks", slot, block, places);
    }

    private void moveBlocks(String method, int slot, int block, int[] places) {
        int moved = 0;
        try (NDManager scope = owner.newSubManager()) {
            while (moved < places.length) {
                int position = (block + moved) * PrefixIndex.TOKENS;
                Level level = layout.level(position);
                int inLevel = (level.start() + level.length() - position) / PrefixIndex.TOKENS;
                int count = Math.min(inLevel, places.length - moved);
                long[] here = Arrays.stream(places, moved, moved + count)
                        .asLongStream()
                        .toArray();
                kernels.infer(
                        scope,
                        method,
                        Argument.of(arena),
                        Argument.of(layers),
                        Argument.of(level.base()),
                        Argument.of(level.side()),
                        Argument.of(level.length()),
                        Argument.of(slot),
                        Argument.of(position - level.start()),
                        Argument.of(pool),
                        Argument.of(scope.create(here)));
                moved += count;
            }
        }
    }

    private void inLevel(String method, Level level, long... numbers) {
        List<Argument> arguments = new ArrayList<>();
        arguments.add(Argument.of(arena));
        LongStream.concat(LongStream.of(layers, level.base(), level.side(), level.length()), Arrays.stream(numbers))
                .forEach(number -> arguments.add(Argument.of(number)));
        try (NDManager scope = owner.newSubManager()) {
            kernels.infer(scope, method, arguments.toArray(Argument[]::new));
        }
    }
}
