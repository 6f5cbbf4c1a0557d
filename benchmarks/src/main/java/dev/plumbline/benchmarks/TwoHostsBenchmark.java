package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Two hosts in small: policy-service on one core, reward- and trainer-service and the broker on another, one thread each;
 * wall time to the same reward with η = 2 against η = 0. At best the sides of a step run side by side, so the time falls to
 * max(G, L)/(G + L), G and L being the processor seconds that a strictly on-policy step takes on the two cores; a tenth
 * more is aimed at. Beside it, η = 0 with both cores in each phase. Linux only, on cores 0 and 1.
 * Arguments: steps, seeds, the reward.
 */
public final class TwoHostsBenchmark {
    private static final Core GENERATING = new Core(0);
    private static final Core LEARNING = new Core(1);
    private static final int STALENESS = 2;
    private static final double TOLERANCE = 1.1;

    private final TwoHostsSpecs specs;
    private final int seeds;
    private final double target;

    private TwoHostsBenchmark(TwoHostsSpecs specs, int seeds, double target) {
        this.specs = specs;
        this.seeds = seeds;
        this.target = target;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 40;
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        double target = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 0.5;
        try (Scratch scratch = Scratch.create()) {
            TwoHostsSpecs specs = TwoHostsSpecs.write(scratch.directory(), steps);
            new TwoHostsBenchmark(specs, seeds, target).measure(scratch.directory());
        }
    }

    private void measure(Path directory) throws IOException, InterruptedException {
        System.out.println("| cores | η | s to reward " + target + " | steps | s/step | G | L | G / (G + L)"
                + " | of one core each, η = 0 | aimed at |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        RaceOutcome shared;
        try (TrainingHouse house = house(directory.resolve("shared"), 2)) {
            warmUp(house);
            shared = race(house, "shared", 0);
        }
        try (TrainingHouse house = house(directory.resolve("pinned"), 1)) {
            hold(house);
            warmUp(house);
            RaceOutcome strict = race(house, "strict", 0);
            RaceOutcome stale = race(house, "stale", STALENESS);
            row("both in each phase", 0, shared, strict, "");
            row("one each", 0, strict, strict, "");
            row("one each", STALENESS, stale, strict, String.format(Locale.ROOT, "%.2f", aim(strict.busy())));
        }
    }

    private static TrainingHouse house(Path directory, int threads) throws IOException {
        return TrainingHouse.start(
                directory, threads, TwoHostsSpecs.SLOTS, TwoHostsSpecs.CONTEXT, TrainingHouse.Models.SENT);
    }

    private static void hold(TrainingHouse house) throws IOException, InterruptedException {
        GENERATING.hold(house.house().service(Service.POLICY).pid());
        LEARNING.hold(house.house().service(Service.REWARD).pid());
        LEARNING.hold(house.house().service(Service.TRAINER).pid());
        LEARNING.hold(ProcessHandle.current().pid());
    }

    /** The first runs of a house compile its code. */
    private void warmUp(TrainingHouse house) {
        house.follow(specs.shortened().run("warm-up", STALENESS, 0), new RaceWatch(house.house()));
    }

    private RaceOutcome race(TrainingHouse house, String name, int staleness) {
        List<RaceOutcome> outcomes = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            RaceWatch watch = new RaceWatch(house.house());
            outcomes.add(watch.outcome(house.follow(specs.run(name + "-" + seed, staleness, seed), watch), target));
        }
        return RaceOutcome.mean(outcomes);
    }

    private static double aim(BusyTime busy) {
        return TOLERANCE * Math.max(busy.generating(), busy.learning()) / (busy.generating() + busy.learning());
    }

    private static void row(String cores, int staleness, RaceOutcome outcome, RaceOutcome strict, String aim) {
        BusyTime busy = outcome.busy();
        System.out.printf(
                Locale.ROOT,
                "| %s | %d | %.1f | %.0f | %.3f | %.3f | %.3f | %.0f %% | **%.2f** | %s |%n",
                cores,
                staleness,
                outcome.seconds(),
                outcome.steps(),
                outcome.step(),
                busy.generating(),
                busy.learning(),
                100 * busy.generating() / (busy.generating() + busy.learning()),
                outcome.seconds() / strict.seconds(),
                aim);
    }
}
