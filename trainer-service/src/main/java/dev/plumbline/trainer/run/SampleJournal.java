package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.EvaluationSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The answers of a run's evaluations, one JSON line a sample, evaluation after evaluation. One that is made again takes
 * the place of what is there of it. Guarded by the lock of {@link Runs}.
 */
final class SampleJournal {
    private final MessageLines<EvaluationSample> lines;
    /** Where each step's samples begin. */
    private final NavigableMap<Long, Long> starts = new TreeMap<>();

    SampleJournal(Path file) {
        lines = new MessageLines<>(file, EvaluationSample.getDefaultInstance());
        long from = 0;
        while (from < lines.length()) {
            from = index(from);
        }
    }

    /** Notes where an evaluation begins; returns where it ends. */
    private long index(long from) {
        return lines.read(from, sample -> {
            if (!starts.containsValue(from)) {
                starts.put(sample.getStep(), from);
            }
            return starts.lastKey() == sample.getStep();
        });
    }

    /** Steps after which there are samples, in order. */
    List<Long> steps() {
        return List.copyOf(starts.keySet());
    }

    /** The samples after a step; empty if there are none. */
    List<EvaluationSample> of(long step) {
        List<EvaluationSample> samples = new ArrayList<>();
        Long start = starts.get(step);
        if (start != null) {
            lines.read(start, sample -> {
                boolean belongs = sample.getStep() == step;
                if (belongs) {
                    samples.add(sample);
                }
                return belongs;
            });
        }
        return samples;
    }

    /** The samples of a step, instead of those of it and of later ones that there are. On disk when this returns. */
    void put(long step, List<EvaluationSample> samples) {
        cutFrom(step);
        long start = lines.length();
        lines.append(samples, true);
        if (!samples.isEmpty()) {
            starts.put(step, start);
        }
    }

    /** Removes what comes after a step: it will be answered again. */
    void truncateAfter(long step) {
        cutFrom(step + 1);
    }

    private void cutFrom(long step) {
        NavigableMap<Long, Long> gone = starts.tailMap(step, true);
        if (!gone.isEmpty()) {
            lines.cut(gone.firstEntry().getValue());
            gone.clear();
        }
    }
}
