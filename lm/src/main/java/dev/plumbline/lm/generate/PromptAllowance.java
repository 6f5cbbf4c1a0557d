package dev.plumbline.lm.generate;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How many tokens of prompts a step reads beside running answers that somebody reads along with. As many as make it some {@value #LONGEST} times as long as a
 * step of these answers alone, so that those who read along hardly notice; both the step and a prompt's token are timed in
 * the engine's own steps. Safe for several threads.
 */
final class PromptAllowance {
    /** A step that reads prompts to one that does not. */
    static final double LONGEST = 2.2;

    /** Tokens are read in multiples of this, so that few different shapes occur. */
    private static final int GRAIN = 16;

    /** For steps of 1, of 2 to 3, of 4 to 7 running answers, and so on. */
    private static final int SIZES = Integer.SIZE;

    private final int most;
    private final UsualTime[] alone = new UsualTime[SIZES];
    private final UsualTime perToken = new UsualTime();

    /** @param most tokens of prompts in any step */
    PromptAllowance(int most) {
        this.most = most;
        Arrays.setAll(alone, size -> new UsualTime());
    }

    /** The most for the next step, beside one running answer or more. */
    synchronized int tokens(int running) {
        double tokens = closest(size(running))
                .filter(step -> perToken.known())
                .map(step -> (LONGEST - 1) * step.median() / perToken.median())
                .orElse(unmeasured(running));
        return Math.min(most, Math.max(GRAIN, (int) tokens / GRAIN * GRAIN));
    }

    /** Of steps of this size without prompts; if there were none yet, which is so while many answers begin, of fewer, or else of more. */
    private Optional<UsualTime> closest(int size) {
        return IntStream.concat(
                        IntStream.iterate(size, at -> at >= 0, at -> at - 1), IntStream.range(size + 1, alone.length))
                .mapToObj(at -> alone[at])
                .filter(UsualTime::known)
                .findFirst();
    }

    /** Until there are times: running answers cost about as much as they are tokens, or the reading of the weights if they are few. */
    private static double unmeasured(int running) {
        return GRAIN + running;
    }

    /** Takes how long a step took that gave so many answers a token and read so many tokens of prompts. */
    synchronized void took(int running, int prompts, long nanoseconds) {
        if (running == 0) {
            return;
        }
        UsualTime step = alone[size(running)];
        if (prompts == 0) {
            step.add((double) nanoseconds);
        } else if (step.known()) {
            // A step may seem shorter for its prompts if the machine was busy before it.
            perToken.add(Math.max((double) nanoseconds - step.median(), 0.1 * step.median()) / prompts);
        }
    }

    private static int size(int running) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(running);
    }
}
