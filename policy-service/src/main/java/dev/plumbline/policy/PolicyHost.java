package dev.plumbline.policy;

import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.policy.engine.EngineRoom;
import dev.plumbline.policy.log.LogSide;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** policy-service as its server runs it: the engine's thread, the models', the feeds' and the log's. */
final class PolicyHost implements HostedService {
    /** The engine is woken by whoever brings work; this is only how soon it sees a version that was let go. */
    private static final Duration ENGINE_REST = Duration.ofMillis(200);

    private static final Duration FEED_REST = Duration.ofMillis(50);

    private final String servedName;
    private final ModelShelf shelf;
    private final ModelFollower follower;
    private final EngineRoom room;
    private final Optional<LogSide> log;
    private final HouseFollower house;
    private final Driver engine;
    private final Driver models;
    private final Driver feeds;

    PolicyHost(
            String servedName,
            ModelShelf shelf,
            ModelFollower follower,
            EngineRoom room,
            HouseFollower house,
            Optional<LogSide> log,
            Duration stuckAfter) {
        this.servedName = servedName;
        this.shelf = shelf;
        this.follower = follower;
        this.room = room;
        this.house = house;
        this.log = log;
        engine = new Driver("policy-engine", room, ENGINE_REST, stuckAfter);
        models = new Driver("policy-models", follower, FEED_REST, stuckAfter);
        feeds = new Driver("policy-feeds", new Feeds(), FEED_REST, stuckAfter);
        room.onWork(engine::wake);
    }

    private final class Feeds implements Worker {
        @Override
        public int poll() {
            int applied = house.poll();
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
        conditions.add(Condition.required(
                "model",
                shelf.served().isPresent(),
                shelf.served().map(Object::toString).orElse(noModel())));
        Optional<String> trouble = follower.trouble();
        conditions.add(Condition.informative(
                "newest-model", trouble.isEmpty(), trouble.orElse("nothing keeps it from being served")));
        log.ifPresentOrElse(
                side -> conditions.addAll(side.conditions()),
                () -> conditions.add(Condition.informative(
                        "kafka", house.problem().isEmpty(), house.problem().orElse("connected"))));
        return conditions;
    }

    /** Why nothing is served. */
    String noModel() {
        String why =
                follower.trouble().or(house::problem).orElse("no version of it is published yet: train or import one");
        return "NO_MODEL: " + servedName + " is not served: " + why;
    }

    @Override
    public List<Driver> drivers() {
        return Stream.concat(Stream.of(feeds, models, engine), log.stream().flatMap(side -> side.drivers().stream()))
                .toList();
    }

    @Override
    public void stopIntake() {
        log.ifPresent(LogSide::stopIntake);
    }

    @Override
    public boolean finish(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        return room.awaitIdle(timeout)
                && log.map(side -> side.awaitIdle(Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))))
                        .orElse(true);
    }

    @Override
    public void abort() {
        room.abort();
    }

    @Override
    public void close() {
        drivers().forEach(Driver::stop);
        log.ifPresent(side -> side.drivers().forEach(Driver::close));
        engine.close();
        models.close();
        feeds.close();
    }
}
