package dev.plumbline.trainer.run;

import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The checkpoints that a run has on its disk.
 *
 * @param steps after which they were written
 * @param best the one of them that is the best by the run's course; empty if none of them was evaluated
 */
public record KeptCheckpoints(SortedSet<Long> steps, OptionalLong best) {
    public KeptCheckpoints {
        steps = Collections.unmodifiableSortedSet(new TreeSet<>(steps));
    }
}
