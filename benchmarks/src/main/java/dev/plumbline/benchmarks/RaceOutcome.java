package dev.plumbline.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one run took to a reward.
 *
 * @param seconds from its start
 * @param steps until then
 * @param step seconds of a step
 * @param busy processor seconds of a step
 */
record RaceOutcome(double seconds, double steps, double step, BusyTime busy) {

    /** Of runs that differ in their seeds. */
    static RaceOutcome mean(List<RaceOutcome> outcomes) {
        return new RaceOutcome(
                mean(outcomes, RaceOutcome::seconds),
                mean(outcomes, RaceOutcome::steps),
                mean(outcomes, RaceOutcome::step),
                new BusyTime(
                        mean(outcomes, outcome -> outcome.busy().generating()),
                        mean(outcomes, outcome -> outcome.busy().learning())));
    }

    private static double mean(List<RaceOutcome> outcomes, ToDoubleFunction<RaceOutcome> figure) {
        return outcomes.stream().mapToDouble(figure).average().orElseThrow();
    }
}
