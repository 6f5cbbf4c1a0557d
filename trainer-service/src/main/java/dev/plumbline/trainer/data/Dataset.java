package dev.plumbline.trainer.data;

import dev.plumbline.rl.batch.Permutation;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.Function;

/** A run's examples, read from its disk one by one when they are asked for. */
public final class Dataset<E> {
    /** Where the held-out choice stands among a seed's random orders; epochs and steps count from 0. */
    private static final long HELD_OUT = -1;

    private final List<E> train;
    private final List<E> heldOut;
    private final List<String> notes;

    Dataset(List<E> train, List<E> heldOut, List<String> notes) {
        this.train = train;
        this.heldOut = heldOut;
        this.notes = List.copyOf(notes);
    }

    /** What is learnt from; {@code get} reads from disk. */
    public List<E> train() {
        return train;
    }

    /** What is only measured; {@code get} reads from disk. */
    public List<E> heldOut() {
        return heldOut;
    }

    /** What became of the lines of each file, for people. */
    public List<String> notes() {
        return notes;
    }

    /** A part of each example, taken from it whenever it is read. */
    public <P> Dataset<P> each(Function<E, P> part) {
        return new Dataset<>(new Parts<>(train, part), new Parts<>(heldOut, part), notes);
    }

    /**
     * All examples but some that are held out, chosen by the seed; both in the order of the data. Takes four bytes an
     * example.
     */
    static <E> Dataset<E> divided(List<E> all, int held, List<String> notes, long seed) {
        int[] shuffled = Permutation.of(all.size(), seed, HELD_OUT);
        Arrays.sort(shuffled, 0, held);
        Arrays.sort(shuffled, held, shuffled.length);
        return new Dataset<>(
                new Selection<>(all, shuffled, held, shuffled.length), new Selection<>(all, shuffled, 0, held), notes);
    }

    /** A part of each of a list's items. */
    private static final class Parts<E, P> extends AbstractList<P> implements RandomAccess {
        private final List<E> whole;
        private final Function<E, P> part;

        Parts(List<E> whole, Function<E, P> part) {
            this.whole = whole;
            this.part = part;
        }

        @Override
        public P get(int index) {
            return part.apply(whole.get(index));
        }

        @Override
        public int size() {
            return whole.size();
        }
    }

    /** The items of a list at some indices. */
    private static final class Selection<E> extends AbstractList<E> implements RandomAccess {
        private final List<E> all;
        private final int[] indices;
        private final int from;
        private final int to;

        Selection(List<E> all, int[] indices, int from, int to) {
            this.all = all;
            this.indices = indices;
            this.from = from;
            this.to = to;
        }

        @Override
        public E get(int index) {
            return all.get(indices[from + Objects.checkIndex(index, size())]);
        }

        @Override
        public int size() {
            return to - from;
        }
    }
}
