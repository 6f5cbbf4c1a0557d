package dev.plumbline.trainer.sft;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.random.CounterHash;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * How the examples of a step become micro-batches. With dropout each example has a seed by what it is: the run's n-th
 * demonstration or text, all passes over the data counted. What it has beside it, and when it is learnt again, do not change it.
 *
 * @param tokens a micro-batch's sequences, times the longest of them, are at most so many
 * @param runSeed what dropout draws from; empty without dropout
 */
record MicroBatching(int tokens, OptionalLong runSeed) {
    /** What an example is: the seeds of one kind are not those of the other. */
    enum Kind {
        DEMONSTRATION(0),
        TEXT(1);

        private final int stream;

        Kind(int stream) {
            this.stream = stream;
        }
    }

    /** Consecutive examples of a run. */
    record Examples(List<TokenSequence> sequences, Kind kind, long firstNumber) {}

    List<MicroBatch> of(Examples examples) {
        return groups(examples.sequences()).stream()
                .map(group -> new MicroBatch(Sequences.select(examples.sequences(), group), 1, seeds(examples, group)))
                .toList();
    }

    /** Indices of the sequences of each micro-batch. */
    List<int[]> groups(List<TokenSequence> sequences) {
        return MicroBatches.pack(Sequences.lengths(sequences), tokens);
    }

    private List<Long> seeds(Examples examples, int[] group) {
        if (runSeed.isEmpty()) {
            return List.of();
        }
        long ofKind = CounterHash.of(CounterHash.mix(runSeed.getAsLong()), examples.kind().stream);
        return Arrays.stream(group)
                .mapToObj(index -> CounterHash.of(ofKind, examples.firstNumber() + index))
                .toList();
    }
}
