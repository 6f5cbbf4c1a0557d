package dev.plumbline.trainer.simulation;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.trainer.ppo.LearntStep;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A run from its creation to its end in a house of many processes that take turns by chance, die, are held to be dead,
 * come back and repeat themselves. The same seed makes the same schedule.
 */
final class SimulatedHouse {
    private static final int TROUBLE_UNTIL = 1000;
    private static final int MOST_TURNS = 60_000;
    private static final int MOST_REPLICAS = 3;

    private final Path directory;
    private final VirtualTime time = new VirtualTime();
    private final Chance chance;
    private final Schedule schedule;
    private final SimulatedLog log;
    private final KafkaSettings kafka;
    private final Topics topics;
    private final List<Replica<Prompt, Rollout>> samplers = new ArrayList<>();
    private final List<Replica<Rollout, Trajectory>> judges = new ArrayList<>();
    private final List<LearntStep> learnt = new ArrayList<>();
    private final LogWriter producer;
    private Optional<SimulatedTrainer> trainer = Optional.empty();
    private int produced;
    /** Whether the run's beginning is kept. */
    private boolean kept;

    /** @param directory empty */
    SimulatedHouse(long seed, Path directory) {
        this.directory = directory;
        chance = new Chance(seed);
        schedule = Schedule.of(chance);
        log = new SimulatedLog(time, chance);
        kafka = KafkaSettings.defaults("nowhere:1")
                .withTopics(TopicSettings.DEFAULT.withPartitions(schedule.partitions()));
        SimulatedProcess outside = new SimulatedProcess(log, time, chance, true);
        topics = new Topics(kafka, outside);
        topics.ensure();
        producer = new LogWriter(topics);
    }

    Schedule schedule() {
        return schedule;
    }

    SimulatedLog log() {
        return log;
    }

    Topics topics() {
        return topics;
    }

    /** Every step that any process has learnt, in order. */
    List<LearntStep> learnt() {
        return learnt;
    }

    /** Lets the run go to its end. */
    SimulatedTrainer live() {
        startTrainer();
        samplers.add(Replica.sampling(process(false), kafka, time, chance));
        judges.add(judge());
        for (int turn = 0; turn < MOST_TURNS; turn++) {
            if (turn == TROUBLE_UNTIL) {
                chance.calmDown();
            }
            time.pass(chance.happens(0.02) ? chance.below(3000) : chance.below(10));
            makeTrouble();
            if (takeTurn()) {
                return trainer.orElseThrow();
            }
        }
        throw new AssertionError("the run does not end; it is "
                + trainer.map(alive -> alive.run().toString()).orElse("without a trainer"));
    }

    /** The run once more from its beginning, on the same log, without any trouble. */
    SimulatedTrainer replayed(List<LearntStep> again) {
        chance.calmDown();
        SimulatedTrainer fresh = new SimulatedTrainer(
                process(schedule.heldOut() > 0), schedule, kafka, beginning(), directory.resolve("store"), again::add);
        for (int turn = 0; turn < MOST_TURNS && !fresh.hasEnded(); turn++) {
            fresh.poll();
            time.pass(1);
        }
        return fresh;
    }

    /** Says whether the run has ended. */
    private boolean takeTurn() {
        switch (chance.below(4)) {
            case 0 -> chance.oneOf(samplers).poll();
            case 1 -> chance.oneOf(judges).poll();
            case 2 -> produce();
            default -> {
                return work();
            }
        }
        return false;
    }

    private boolean work() {
        if (trainer.isEmpty()) {
            return false;
        }
        try {
            trainer.get().poll();
            keepBeginning();
            return trainer.get().hasEnded();
        } catch (Killed e) {
            trainer = Optional.empty();
            time.after(chance.below(500), this::startTrainer);
            return false;
        }
    }

    private void startTrainer() {
        SimulatedProcess process = process(schedule.heldOut() > 0);
        SimulatedTrainer started =
                new SimulatedTrainer(process, schedule, kafka, runs(), directory.resolve("store"), learnt::add);
        started.create(schedule.spec());
        if (chance.fault(0.7)) {
            process.dieAfter(chance.below(400));
        }
        trainer = Optional.of(started);
    }

    private void makeTrouble() {
        if (chance.fault(0.02)) {
            kill(samplers);
            samplers.add(Replica.sampling(process(false), kafka, time, chance));
        }
        if (chance.fault(0.02)) {
            kill(judges);
            judges.add(judge());
        }
        if (chance.fault(0.02)) {
            log.groups().forEach(SimulatedGroup::rebalance);
        }
        if (chance.fault(0.02)) {
            // Held to be dead while it lives: it learns of it when it polls, and writes on until then.
            log.groups().forEach(group -> group.members().stream().findFirst().ifPresent(group::remove));
        }
    }

    private void kill(List<? extends Replica<?, ?>> replicas) {
        if (replicas.size() < MOST_REPLICAS && chance.happens(0.5)) {
            return;
        }
        Replica<?, ?> killed = replicas.remove(chance.below(replicas.size()));
        killed.process().die();
        time.after(
                chance.below(300),
                () -> log.groups()
                        .forEach(group -> group.members().stream()
                                .filter(member -> member.process().isDead())
                                .forEach(group::remove)));
    }

    /** Prompts of other producers: members of whatever window they fall into; some are another run's, some no prompts. */
    private void produce() {
        boolean needed = schedule.isFed() ? produced < 4 : produced < 40 * schedule.steps();
        if (!needed || chance.happens(0.3)) {
            return;
        }
        Prompt.Builder prompt = Prompt.newBuilder().setId("p" + produced).setText("anything");
        if (chance.happens(0.1)) {
            prompt.setRunId("another");
        }
        Map<String, String> headers = chance.happens(0.05) ? Map.of("content-type", "text/plain") : Map.of();
        // One that is not acknowledged may be there all the same.
        producer.send(topics.trainingPrompts(), prompt.build(), headers)
                .handle((place, failure) -> place)
                .join();
        produced++;
    }

    private Replica<Rollout, Trajectory> judge() {
        return Replica.judging(process(false), kafka, time, chance, schedule.rewards());
    }

    private SimulatedProcess process(boolean hasty) {
        return new SimulatedProcess(log, time, chance, hasty);
    }

    private Path runs() {
        return directory.resolve("runs");
    }

    private Path beginning() {
        return directory.resolve("beginning");
    }

    /** Keeps the run's directory as it is at its first checkpoint. */
    private void keepBeginning() {
        if (kept) {
            return;
        }
        String id = trainer.orElseThrow().run().getRunId();
        if (Files.exists(runs().resolve(id).resolve("checkpoints").resolve("step-000000000000"))) {
            copy(runs(), beginning());
            kept = true;
        }
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
