package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which answer has which slot. Answers that reach into more levels of the cache come first, as {@link CacheLayout} asks;
 * when one comes or goes, at most one block of others per level moves.
 */
final class SlotTable {
    /** Copies what an answer has in its slot into another one. */
    interface Move {
        void copy(Answer answer, int from, int to);
    }

    private final CacheLayout layout;
    private final Move move;
    private final List<Answer> answers = new ArrayList<>();

    SlotTable(CacheLayout layout, Move move) {
        this.layout = layout;
        this.move = move;
    }

    /** The answers in the order of their slots; it changes with the table. */
    List<Answer> answers() {
        return Collections.unmodifiableList(answers);
    }

    int size() {
        return answers.size();
    }

    /** Whether more answers of these depths fit, each to its full length. */
    boolean fits(List<Integer> depths) {
        for (int level = 0; level < layout.levels().size(); level++) {
            int reached = level;
            long added = depths.stream().filter(depth -> depth > reached).count();
            if (added > 0 && end(level + 1) + added > layout.levels().get(level).slots()) {
                return false;
            }
        }
        return true;
    }

    /** Positions that are reserved, in all levels. */
    long reservedPositions() {
        long reserved = 0;
        for (int level = 0; level < layout.levels().size(); level++) {
            reserved += (long) end(level + 1) * layout.levels().get(level).length();
        }
        return reserved;
    }

    /** Slots before the first answer that is less deep. */
    private int end(int depth) {
        int end = 0;
        while (end < answers.size() && answers.get(end).depth() >= depth) {
            end++;
        }
        return end;
    }

    /** Gives answers of one depth, which fit, slots side by side; the first of these. */
    int add(List<Answer> added) {
        int count = added.size();
        int depth = added.get(0).depth();
        int at = end(depth);
        for (int i = 0; i < count; i++) {
            answers.add(added.get(i));
        }
        // From the last block on, each gives its first slots away and takes as many behind its last.
        int blockEnd = answers.size() - count;
        while (blockEnd > at) {
            int block = answers.get(blockEnd - 1).depth();
            int begin = end(block + 1);
            int moved = Math.min(count, blockEnd - begin);
            for (int i = 0; i < moved; i++) {
                put(begin + i, blockEnd + count - moved + i);
            }
            blockEnd = begin;
        }
        for (int i = 0; i < count; i++) {
            answers.set(at + i, added.get(i));
        }
        return at;
    }

    /** Takes an answer out of its slot, and moves the last of each block that follows into the gap. */
    void remove(int slot) {
        int gap = slot;
        int depth = answers.get(slot).depth();
        while (gap < answers.size()) {
            int last = end(depth) - 1;
            if (last > gap) {
                put(last, gap);
            }
            gap = Math.max(gap, last);
            if (gap + 1 == answers.size()) {
                break;
            }
            depth = answers.get(gap + 1).depth();
        }
        answers.remove(answers.size() - 1);
    }

    private void put(int from, int to) {
        Answer moved = answers.get(from);
        move.copy(moved, from, to);
        answers.set(to, moved);
    }
}
