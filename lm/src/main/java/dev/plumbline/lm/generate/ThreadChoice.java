package dev.plumbline.lm.generate;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How a step is done. A small model's operators take less time than threads need to meet, and threads that have to meet lose much
 * when another process takes a core; so two ways are timed in the engine's own steps, by how many tokens these have and how
 * they can be shared.
 */
final class ThreadChoice {
    private final int most;
    private final Map<Kind, ThreadTrials> trials = new HashMap<>();

    /** @param size steps of 1, of 2 to 3, of 4 to 7 tokens, and so on */
    private record Kind(StepSharing sharing, int size) {
        static Kind of(int tokens, StepSharing sharing) {
            return new Kind(sharing, Integer.SIZE - 1 - Integer.numberOfLeadingZeros(tokens));
        }
    }

    /** @param most all threads there are */
    ThreadChoice(int most) {
        this.most = most;
    }

    /**
     * How the next step should be done.
     *
     * @param tokens that it has, at least one
     */
    synchronized StepWay next(int tokens, StepSharing sharing) {
        if (most == 1) {
            return StepWay.ONE;
        }
        Kind kind = Kind.of(tokens, sharing);
        ThreadTrials trial = trial(kind);
        // What gains by threads when it is small does so all the more when it is large.
        if (sharing.sparing() == StepWay.ONE
                && IntStream.range(0, kind.size())
                        .mapToObj(smaller -> trial(new Kind(sharing, smaller)))
                        .anyMatch(ThreadTrials::gains)) {
            trial.presumeGain();
        }
        return trial.spreads() ? sharing.spreading() : sharing.sparing();
    }

    /** Takes how long the step took for which a way was chosen last. */
    synchronized void took(int tokens, StepSharing sharing, long nanoseconds) {
        if (most > 1) {
            trial(Kind.of(tokens, sharing)).took((double) nanoseconds);
        }
    }

    private ThreadTrials trial(Kind kind) {
        return trials.computeIfAbsent(kind, each -> new ThreadTrials(most));
    }
}
