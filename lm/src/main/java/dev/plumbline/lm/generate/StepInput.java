package dev.plumbline.lm.generate;

import dev.plumbline.lm.generate.CacheLayout.Level;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The tokens of a step, or of a part of it, as {@code step.py} takes them: one of each running sequence in the order of their
 * slots, then some of each sequence that is still read. Used again for each step.
 */
final class StepInput {
    /** Numbers of a token. */
    static final int NUMBERS = 5;

    /**
     * Tokens that are read and whose followers are reported.
     *
     * @param first the first of them in the step
     * @param following the token after each; not to be modified
     * @param report what of each
     */
    @SuppressWarnings("ArrayRecordComponent") // on its way to the kernel: never compared
    record Reported(int first, long[] following, TokenReport report) {}

    private final CacheLayout layout;
    private final StepShapes shapes;
    private final LongBuffer tokens;
    private final LongBuffer followed;
    private final int[] followedTokens;
    private final int[] draws;
    private final List<long[]> segments = new ArrayList<>();
    private final List<Reported> reported = new ArrayList<>();

    /** How many of the slots of running sequences reach into each level, and up to which position any does. */
    private final int[] slotsOfLevel;

    private int firstSlot;
    private int reached;
    private int count;
    private int running;
    private int picked;
    private int drawn;

    /**
     * @param tokens memory for the numbers of as many tokens as a step may have
     * @param followed memory for two numbers of as many tokens as can be drawn in a step
     */
    StepInput(CacheLayout layout, StepShapes shapes, LongBuffer tokens, LongBuffer followed) {
        this.layout = layout;
        this.shapes = shapes;
        this.tokens = tokens;
        this.followed = followed;
        this.followedTokens = new int[followed.capacity() / 2];
        this.draws = new int[followed.capacity() / 2];
        this.slotsOfLevel = new int[layout.levels().size()];
    }

    /**
     * Forgets all tokens.
     *
     * @param newFirstSlot of the first running sequence
     */
    void begin(int newFirstSlot) {
        firstSlot = newFirstSlot;
        Arrays.fill(slotsOfLevel, 0);
        segments.clear();
        reported.clear();
        reached = 0;
        count = 0;
        running = 0;
        picked = 0;
        drawn = 0;
    }

    /** The last token of the sequence in the next slot, which is followed by one that is drawn. */
    void run(int id, int position) {
        put(id, position, layout.cell(firstSlot + running, position), layout.level(position));
        List<Level> levels = layout.levels();
        for (int level = 0; level < levels.size() && levels.get(level).start() <= position; level++) {
            slotsOfLevel[level] = running + 1;
        }
        reached = Math.max(reached, position + 1);
        running++;
        follow(1);
    }

    /** Passes over the next slot: something is computed for it, which nobody reads. */
    void idle() {
        // A cell that no sequence has, the same for all heads and layers.
        tokens.put(NUMBERS * count, new long[] {0, 0, layout.vectors(), 0, 0});
        slotsOfLevel[0] = running + 1;
        reached = Math.max(reached, 1);
        running++;
        count++;
    }

    /**
     * Tokens of a sequence in any slot, which stand one after the other.
     *
     * @param from the position of the first, and its place in {@code ids}
     */
    void read(int slot, int[] ids, int from, int length) {
        segments.add(new long[] {count, length, slot, shapes.seen(from + length, layout.capacity())});
        for (int position = from; position < from + length; position++) {
            put(ids[position], position, layout.cell(slot, position), layout.level(position));
        }
    }

    private void put(int id, int position, long cell, Level level) {
        tokens.put(NUMBERS * count, new long[] {id, position, cell, level.length(), level.side()});
        count++;
    }

    /**
     * The tokens after those that were put last are reported.
     *
     * @param last how many of those that were put last
     * @param ids of the whole sequence; after its end nothing is reported
     * @param from the place in it of the first token that is reported
     */
    void report(int last, int[] ids, int from, TokenReport report) {
        long[] following = Arrays.stream(ids, from, Math.min(ids.length, from + last))
                .asLongStream()
                .toArray();
        reported.add(new Reported(count - last, following, report));
    }

    /** The tokens that are reported, of one sequence after the other. */
    List<Reported> reported() {
        return reported;
    }

    /** The token that was put last is followed by one for each of so many draws. */
    void follow(int times) {
        for (int i = 0; i < times; i++) {
            draws[drawn++] = picked;
        }
        followedTokens[picked++] = count - 1;
    }

    /** How many tokens there are. */
    int tokens() {
        return count;
    }

    /** Tokens, running sequences, tokens that are followed by another, draws, and 1 if parts of prompts are reported. */
    long[] counts() {
        for (int i = 0; i < picked; i++) {
            followed.put(i, followedTokens[i]);
        }
        for (int i = 0; i < drawn; i++) {
            followed.put(picked + i, draws[i]);
        }
        return new long[] {count, running, picked, drawn, reported.isEmpty() ? 0 : 1};
    }

    /** Of each piece that is read of the levels that running sequences reach into: base, side, length, slots, width. */
    long[] reads() {
        LongStream.Builder reads = LongStream.builder();
        int depth = reached == 0 ? 0 : layout.depth(reached);
        for (int i = 0; i < depth; i++) {
            Level level = layout.levels().get(i);
            long base = layout.cell(firstSlot, level.start());
            for (int width : shapes.widths(level, Math.min(level.length(), reached - level.start()))) {
                reads.add(base)
                        .add(level.side())
                        .add(level.length())
                        .add(slotsOfLevel[i])
                        .add(width);
                base += width;
            }
        }
        return reads.build().toArray();
    }

    /** Of each sequence that is read: its first token, how many, its slot, the positions that it sees. */
    long[] segments() {
        return segments.stream().flatMapToLong(Arrays::stream).toArray();
    }
}
