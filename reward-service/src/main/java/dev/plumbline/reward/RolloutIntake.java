package dev.plumbline.reward;

import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.LoopSettings;
import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.exchange.Route;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Follows the feeds and, once they have been read to their end, carries rollouts to the judges. */
final class RolloutIntake implements Worker {

    private static final int OPEN_RECORDS = 256;

    private final Topics topics;
    private final HouseFollower follower;
    private final RolloutJudging judging;
    private final ServingMeters meters;
    private final InstantSource clock;
    private volatile @Nullable ExchangeLoop<Rollout, Trajectory> loop;
    private volatile boolean stopped;

    RolloutIntake(
            Topics topics, HouseFollower follower, RolloutJudging judging, ServingMeters meters, InstantSource clock) {
        this.topics = topics;
        this.follower = follower;
        this.judging = judging;
        this.meters = meters;
        this.clock = clock;
        meters.log(
                topics.rollouts().name(),
                () -> status().map(LoopStatus::lag).orElse(Double.NaN),
                () -> status().map(LoopStatus::open).orElse(0));
    }

    @Override
    public int poll() {
        int done = follower.poll(Duration.ZERO);
        ExchangeLoop<Rollout, Trajectory> running = loop;
        if (running == null && follower.caughtUp() && !stopped) {
            running = new ExchangeLoop<>(
                    topics,
                    new Route<>(List.of(topics.rollouts()), topics.trajectories()),
                    LoopSettings.of(RewardService.NAME, RewardService.NAME, OPEN_RECORDS),
                    judging,
                    clock);
            running.clientMetrics()
                    .forEach(metric ->
                            meters.kafkaClient(metric.name(), metric.clientId(), metric.description(), metric.value()));
            loop = running;
        }
        return running == null ? done : done + running.poll();
    }

    /** Takes no new records; those under way are finished. */
    void stop() {
        stopped = true;
        ExchangeLoop<Rollout, Trajectory> running = loop;
        if (running != null) {
            running.drain();
        }
    }

    /** How the loop stands; empty before the feeds have been read. */
    Optional<LoopStatus> status() {
        return Optional.ofNullable(loop).map(ExchangeLoop::status);
    }

    /** What keeps records from being read; empty if nothing does. */
    Optional<String> problem() {
        return follower.problem().or(() -> status().map(LoopStatus::lastError).filter(error -> !error.isEmpty()));
    }

    @Override
    public void finish() {
        ExchangeLoop<Rollout, Trajectory> running = loop;
        if (running != null) {
            running.close();
        }
        follower.close();
    }
}
