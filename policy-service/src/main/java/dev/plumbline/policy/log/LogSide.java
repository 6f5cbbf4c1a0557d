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
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.request.Surroundings;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.worker.Worker;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The service's two loops over the log: prompts answered at once, and prompts answered when admitted. */
public final class LogSide {
    private final Feeds feeds;
    private final Answering answering;
    private final PolicySettings.Log settings;
    private final Surroundings surroundings;
    private final TrainingPrompts trainingPrompts;
    private final PromptLoop plainLoop;
    private final PromptLoop trainingLoop;

    /**
     * The log and what is known of it.
     *
     * @param view folded by the follower
     */
    public record Feeds(Topics topics, HouseFollower follower, HouseView view) {}

    public LogSide(
            Feeds feeds,
            Answering answering,
            ModelFollower models,
            PolicySettings.Log settings,
            Surroundings surroundings) {
        this.feeds = feeds;
        this.answering = answering;
        this.settings = settings;
        this.surroundings = surroundings;
        MeterRegistry registry = answering.meters().house().registry();
        Topics topics = feeds.topics();

        PlainPrompts plainPrompts = new PlainPrompts(
                feeds.view(),
                answering,
                models,
                new UnknownSince(settings.unknownTimeout(), surroundings.clock()),
                new PlainPrompts.OwnSeeds(settings.seed(), surroundings.random()));
        plainLoop = new PromptLoop(
                feeds.follower(),
                () -> open(topics.prompts(), "policy-service", plainPrompts),
                Optional::empty,
                settings.versionTimeout());
        measure(topics.prompts(), plainLoop);

        trainingPrompts = new TrainingPrompts(feeds.view(), answering, staleness(registry), surroundings.clock());
        trainingLoop = new PromptLoop(
                feeds.follower(),
                () -> open(topics.trainingPrompts(), "policy-service-training", trainingPrompts),
                trainingPrompts::waiting,
                settings.versionTimeout());
        measure(topics.trainingPrompts(), trainingLoop);
        answering
                .meters()
                .house()
                .gauge(
                        "plumbline.policy.admitted.unanswered",
                        "offsets of training prompts that a step has admitted and this replica has to answer",
                        this,
                        LogSide::admittedUnanswered);
    }

    private ExchangeLoop<Prompt, Rollout> open(Topic<Prompt> topic, String group, PromptDesk desk) {
        ExchangeLoop<Prompt, Rollout> loop = new ExchangeLoop<>(
                feeds.topics(),
                new Route<>(List.of(topic), feeds.topics().rollouts()),
                LoopSettings.of(PromptResponder.SERVICE, group, settings.maxOpen()),
                new PromptResponder(desk, answering, surroundings.nanoTime()),
                surroundings.clock());
        ServingMeters meters = answering.meters().house();
        loop.clientMetrics()
                .forEach(metric ->
                        meters.kafkaClient(metric.name(), metric.clientId(), metric.description(), metric.value()));
        return loop;
    }

    private void measure(Topic<Prompt> topic, PromptLoop loop) {
        answering
                .meters()
                .house()
                .log(
                        topic.name(),
                        () -> loop.status().map(LoopStatus::lag).orElse(Double.NaN),
                        () -> loop.status().map(LoopStatus::open).orElse(0));
    }

    /** {@code plumbline_staleness_versions}: how many versions the answering one was behind the step. */
    private static DistributionSummary staleness(MeterRegistry registry) {
        return DistributionSummary.builder("plumbline.staleness.versions")
                .serviceLevelObjectives(0.5, 1.5, 2.5, 4.5, 8.5)
                .register(registry);
    }

    private double admittedUnanswered() {
        double offsets = 0;
        for (LoopStatus.PartitionStatus partition :
                trainingLoop.status().map(LoopStatus::partitions).orElse(List.of())) {
            offsets += Math.max(
                    0, trainingPrompts.admittedUpTo(partition.partition()) - Math.max(0, partition.committed()));
        }
        return offsets;
    }

    /** The loops, by the names of their threads. Each waits inside its own poll once it has begun. */
    public Map<String, Worker> workers() {
        return Map.of("policy-prompts", plainLoop, "policy-training-prompts", trainingLoop);
    }

    /** How it stands with Kafka, and with the version that training prompts wait for. */
    public List<Condition> conditions() {
        Optional<String> trouble =
                feeds.follower().problem().or(() -> lastError(plainLoop)).or(() -> lastError(trainingLoop));
        boolean away = trainingLoop
                .status()
                .filter(status -> status.mode() == LoopStatus.Mode.AWAY)
                .isPresent();
        return List.of(
                Condition.informative("kafka", trouble.isEmpty(), trouble.orElse("connected")),
                Condition.required(
                        "training-version",
                        !away,
                        away
                                ? "left its training prompts to others, waiting for " + trainingPrompts.waitingFor()
                                : "here"));
    }

    private static Optional<String> lastError(PromptLoop loop) {
        return loop.status().map(LoopStatus::lastError).filter(error -> !error.isEmpty());
    }

    /** Takes no more prompts. */
    public void stopIntake() {
        plainLoop.stopIntake();
        trainingLoop.stopIntake();
    }

    /** Whether every prompt that was taken has its rollout in the log. */
    public boolean isIdle() {
        return plainLoop.isIdle() && trainingLoop.isIdle();
    }
}
