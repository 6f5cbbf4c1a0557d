package dev.plumbline.policy.log;

import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.LoopSettings;
import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.exchange.Route;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.Topics;
import dev.plumbline.policy.PolicySettings;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.request.AnswerMeters;
import dev.plumbline.policy.request.AnswerReader;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.worker.Driver;
import io.micrometer.core.instrument.DistributionSummary;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The service's two loops over the log: prompts answered at once, and prompts answered when admitted. */
public final class LogSide {
    /** Between two looks at feeds that have not been read yet; afterwards a loop waits inside its own poll. */
    private static final Duration REST = Duration.ofMillis(2);

    private static final Duration GLANCE = Duration.ofMillis(10);

    private final HouseFollower house;
    private final TrainingPrompts trainingPrompts;
    private final PromptLoop plainLoop;
    private final PromptLoop trainingLoop;
    private final List<Driver> drivers;

    /** What the loops work with. */
    public record Parts(
            Topics topics,
            HouseFollower house,
            HouseView view,
            ModelShelf shelf,
            ModelFollower follower,
            EngineRoom room,
            AnswerReader reader,
            ServingMeters meters,
            AnswerMeters answers) {}

    /** @param stuckAfter how long one poll may take */
    public LogSide(
            Parts parts,
            PolicySettings.Log settings,
            Duration stuckAfter,
            InstantSource clock,
            LongSupplier nanoTime,
            RandomGenerator random) {
        house = parts.house();
        PlainPrompts plainPrompts = new PlainPrompts(
                parts.view(),
                parts.shelf(),
                parts.follower(),
                parts.reader(),
                new UnknownSince(settings.unknownTimeout(), clock),
                settings.seed(),
                random);
        trainingPrompts =
                new TrainingPrompts(parts.view(), parts.shelf(), parts.reader(), staleness(parts.meters()), clock);
        plainLoop = new PromptLoop(
                house,
                open(parts, parts.topics().prompts(), "policy-service", plainPrompts, settings, clock, nanoTime),
                Optional::empty,
                settings.versionTimeout());
        trainingLoop = new PromptLoop(
                house,
                open(
                        parts,
                        parts.topics().trainingPrompts(),
                        "policy-service-training",
                        trainingPrompts,
                        settings,
                        clock,
                        nanoTime),
                trainingPrompts::waiting,
                settings.versionTimeout());
        drivers = List.of(
                new Driver("policy-prompts", plainLoop, REST, stuckAfter),
                new Driver("policy-training-prompts", trainingLoop, REST, stuckAfter));
    }

    private static Supplier<ExchangeLoop<Prompt, Rollout>> open(
            Parts parts,
            Topic<Prompt> topic,
            String group,
            PromptDesk desk,
            PolicySettings.Log settings,
            InstantSource clock,
            LongSupplier nanoTime) {
        return () -> new ExchangeLoop<>(
                parts.topics(),
                new Route<>(List.of(topic), parts.topics().rollouts()),
                LoopSettings.of(PromptResponder.SERVICE, group, settings.maxOpen()),
                new PromptResponder(desk, parts.room(), parts.answers(), parts.meters(), nanoTime),
                clock);
    }

    /** {@code plumbline_staleness_versions}: how many versions the answering one was behind the step. */
    private static DistributionSummary staleness(ServingMeters meters) {
        return DistributionSummary.builder("plumbline.staleness.versions")
                .serviceLevelObjectives(0.5, 1.5, 2.5, 4.5, 8.5)
                .register(meters.registry());
    }

    /** The threads that poll. */
    public List<Driver> drivers() {
        return drivers;
    }

    /** How it stands with Kafka, and with the version that training prompts wait for. */
    public List<Condition> conditions() {
        List<Condition> conditions = new ArrayList<>();
        Optional<String> trouble =
                house.problem().or(() -> lastError(plainLoop)).or(() -> lastError(trainingLoop));
        conditions.add(Condition.informative("kafka", trouble.isEmpty(), trouble.orElse("connected")));
        boolean away = trainingLoop
                .status()
                .filter(status -> status.mode() == LoopStatus.Mode.AWAY)
                .isPresent();
        conditions.add(Condition.required(
                "training-version",
                !away,
                away ? "left its training prompts to others, waiting for " + trainingPrompts.waitingFor() : "here"));
        return conditions;
    }

    private static Optional<String> lastError(PromptLoop loop) {
        return loop.status().map(LoopStatus::lastError).filter(error -> !error.isEmpty());
    }

    /** Takes no more prompts. */
    public void stopIntake() {
        plainLoop.stopIntake();
        trainingLoop.stopIntake();
    }

    /** Waits until every prompt that was taken has its rollout in the log. */
    public boolean awaitIdle(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!plainLoop.isIdle() || !trainingLoop.isIdle()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        return true;
    }
}
