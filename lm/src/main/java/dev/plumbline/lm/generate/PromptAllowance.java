package dev.plumbline.lm.generate;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How many tokens of prompts a step reads beside running answers that somebody reads along with, so that those hardly notice.
 * Where it computes one after the other, as many as make it some {@value #IN_TURN} times as long as one of these answers
 * alone, since a prompt pays for the answers of each of its steps. Where prompts are read on other threads, as many as take
 * no longer than the answers do on theirs, or {@value #SIDE_BY_SIDE} times as long as a step of these answers alone: more
 * would be read no faster. All is timed in the engine's own steps. Safe for several threads.
 */
final class PromptAllowance {
    /** A step that reads prompts to one that does not, where it computes one after the other. */
    static final double IN_TURN = 2.2;

    /** Where it computes both at once. */
    static final double SIDE_BY_SIDE = 1.8;

    /** Tokens are read in multiples of this, so that few different shapes occur. */
    private static final int GRAIN = 8;

    /** For steps of 1, of 2 to 3, of 4 to 7 running answers, and so on. */
    private static final int SIZES = Integer.SIZE;

    /** Before anything has been timed, beside as many as there are answers. */
    private static final int UNMEASURED = 16;

    /** After so many steps with prompts there is one without: where its time is not known yet, and where it is. */
    private static final int OFTEN = 4;

    private static final int RARELY = 64;

    private final int most;
    /** Steps without prompts. */
    private final UsualTime[] alone = times();
    /** The answers of steps that read prompts on other threads. */
    private final UsualTime[] beside = times();
    /** What a token of a prompt adds to a step. */
    private final UsualTime perToken = new UsualTime();
    /** What it takes on threads of its own. */
    private final UsualTime perTokenBeside = new UsualTime();
    /** Steps of each size that might read prompts since the last one that did not. */
    private final int[] reads = new int[SIZES];

    /** @param most tokens of prompts in any step */
    PromptAllowance(int most) {
        this.most = most;
    }

    private static UsualTime[] times() {
        return Stream.generate(UsualTime::new).limit(SIZES).toArray(UsualTime[]::new);
    }

    /**
     * The most for the next step, beside one running answer or more. Now and then it is none, since an engine that never
     * lacks prompts would not find out otherwise how long a step without them takes.
     *
     * @param sideBySide whether prompts have threads of their own
     */
    synchronized int tokens(int running, boolean sideBySide) {
        int size = size(running);
        if (reads[size]++ >= (alone[size].known() ? RARELY : OFTEN)) {
            return 0;
        }
        return allowed(running, sideBySide);
    }

    private int allowed(int running, boolean sideBySide) {
        int size = size(running);
        double tokens = closest(size)
                .flatMap(step -> sideBySide ? besideAnswers(size, step) : inTurn(step))
                .orElse(unmeasured(running));
        return Math.min(most, Math.max(GRAIN, (int) Math.round(tokens / GRAIN) * GRAIN));
    }

    private Optional<Double> inTurn(UsualTime step) {
        return Optional.of(perToken)
                .filter(UsualTime::known)
                .map(token -> (IN_TURN - 1) * step.median() / token.median());
    }

    private Optional<Double> besideAnswers(int size, UsualTime step) {
        double answers = beside[size].known() ? beside[size].median() : 0;
        return Optional.of(perTokenBeside)
                .filter(UsualTime::known)
                .map(token -> Math.max(SIDE_BY_SIDE * step.median(), answers) / token.median());
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
        return UNMEASURED + running;
    }

    /** Takes how long a step took that gave so many answers a token and read so many tokens of prompts one after the other. */
    synchronized void took(int running, int prompts, long nanoseconds) {
        if (running == 0) {
            return;
        }
        UsualTime step = alone[size(running)];
        if (prompts == 0) {
            reads[size(running)] = 0;
            step.add((double) nanoseconds);
            return;
        }
        if (step.known()) {
            // A step may seem shorter for its prompts if the machine was busy before it.
            perToken.add(Math.max((double) nanoseconds - step.median(), 0.1 * step.median()) / prompts);
        }
    }

    /** Takes how long a step took for so many answers, and how long for so many tokens of prompts at the same time. */
    synchronized void tookSideBySide(int running, long nanoseconds, int prompts, long readingNanoseconds) {
        beside[size(running)].add((double) nanoseconds);
        double time = (double) readingNanoseconds / prompts;
        // The weights are read for few tokens as for many: the end of a prompt tells only that a token costs no more.
        boolean whole = prompts >= allowed(running, true);
        if (whole || !perTokenBeside.known() || time < perTokenBeside.median()) {
            perTokenBeside.add(time);
        }
    }

    private static int size(int running) {
        return SIZES - 1 - Integer.numberOfLeadingZeros(running);
    }
}
