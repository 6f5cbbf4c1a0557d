package dev.plumbline.policy;

import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.policy.engine.Answering;
import dev.plumbline.policy.engine.PauseMode;
import dev.plumbline.policy.log.LogSide;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.server.ControlDesk;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.serving.worker.Waiting;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** policy-service as its server runs it: the engine's thread, the models', the feeds' and the log's. */
final class PolicyHost implements HostedService {
    /** The engine is woken by whoever brings work, the models by the feeds; the rest is how soon they see what else is new. */
    private static final Duration REST = Duration.ofMillis(200);

    /** Feeds are waited for inside their poll, so that a new step or version is seen at once. */
    private static final Duration FEED_WAIT = Duration.ofMillis(200);
    /** Between two tries to reach a broker that is away. */
    private static final Duration FEED_REST = Duration.ofMillis(10);

    /** A loop waits inside its own poll; until it has begun it looks at the feeds so often. */
    private static final Duration LOOP_REST = Duration.ofMillis(2);

    private final Answering answering;
    private final ModelFollower follower;
    private final HouseFollower house;
    private final Optional<LogSide> log;
    private final ControlDesk desk;
    private final Driver engine;
    private final Driver models;
    private final Driver feeds;
    private final List<Driver> loops;

    /**
     * What it hears from besides its callers.
     *
     * @param house the feeds
     * @param log prompts from the log, if it answers them
     * @param desk orders
     */
    record Sides(HouseFollower house, Optional<LogSide> log, ControlDesk desk) {}

    /**
     * After how long a thread counts as stuck.
     *
     * @param stuckAfter in one step
     * @param loading in addition, for a step that brings a version
     */
    record Patience(Duration stuckAfter, Duration loading) {}

    PolicyHost(Answering answering, ModelFollower follower, Sides sides, Patience patience) {
        this.answering = answering;
        this.follower = follower;
        this.house = sides.house();
        this.log = sides.log();
        this.desk = sides.desk();
        Duration stuckAfter = patience.stuckAfter();
        engine = new Driver("policy-engine", answering.room(), REST, stuckAfter);
        // One of its polls may fetch a version and load it.
        models = new Driver("policy-models", follower, REST, stuckAfter.plus(patience.loading()));
        feeds = new Driver("policy-feeds", new Feeds(), FEED_REST, stuckAfter);
        loops = log.map(LogSide::workers).stream()
                .flatMap(workers -> workers.entrySet().stream())
                .map(loop -> new Driver(loop.getKey(), loop.getValue(), LOOP_REST, stuckAfter))
                .toList();
        answering.room().onWork(engine::wake);
        follower.onOrder(models::wake);
    }

    private final class Feeds implements Worker {
        @Override
        public int poll() {
            int applied = house.poll(FEED_WAIT);
            if (applied > 0) {
                models.wake();
            }
            return applied;
        }

        @Override
        public void finish() {
            house.close();
        }
    }

    @Override
    public void start() {
        drivers().forEach(Driver::start);
    }

    @Override
    public List<Condition> conditions() {
        List<Condition> conditions = new ArrayList<>();
        Optional<String> served = answering.shelf().served().map(Object::toString);
        conditions.add(Condition.required("model", served.isPresent(), served.orElseGet(this::noModel)));
        Optional<String> trouble =
                follower.held().map(held -> held + " is held by order").or(follower::trouble);
        conditions.add(Condition.informative(
                "newest-model", trouble.isEmpty(), trouble.orElse("nothing keeps it from being served")));
        Optional<PauseMode> pause = answering.room().paused();
        conditions.add(Condition.informative(
                "generation",
                pause.isEmpty(),
                pause.map(mode -> "paused by order (" + mode + ")").orElse("goes on")));
        conditions.addAll(log.map(LogSide::conditions).orElseGet(() -> List.of(kafka())));
        return conditions;
    }

    private Condition kafka() {
        return Condition.informative(
                "kafka", house.problem().isEmpty(), house.problem().orElse("connected"));
    }

    /** Why nothing is served. */
    String noModel() {
        String why =
                follower.trouble().or(house::problem).orElse("no version of it is published yet: train or import one");
        return "NO_MODEL: " + follower.servedName() + " is not served: " + why;
    }

    @Override
    public List<Driver> drivers() {
        return Stream.concat(Stream.of(feeds, models, engine), loops.stream()).toList();
    }

    @Override
    public Optional<ControlDesk> controlDesk() {
        return Optional.of(desk);
    }

    @Override
    public void stopIntake() {
        // Else what is kept, and what waits, could only be aborted.
        CompletableFuture<Boolean> unused = answering.room().resume();
        log.ifPresent(LogSide::stopIntake);
    }

    /** The server itself waits for the calls. */
    @Override
    public boolean finish(Duration timeout) {
        return log.map(side -> Waiting.until(side::isIdle, timeout)).orElse(true);
    }

    @Override
    public void abort() {
        answering.room().abort();
    }

    @Override
    public void close() {
        drivers().forEach(Driver::stop);
        // The loops first: what the engine answered is still to be committed.
        loops.forEach(Driver::close);
        engine.close();
        models.close();
        feeds.close();
    }
}
