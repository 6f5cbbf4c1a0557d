package dev.plumbline.reward;

import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.LoopSettings;
import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.exchange.Route;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.serving.worker.Worker;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Follows the feeds and, once they have been read to their end, carries rollouts to the judges. */
final class RolloutIntake implements Worker {

    private static final int OPEN_RECORDS = 256;

    private final Topics topics;
    private final HouseFollower follower;
    private final RolloutJudging judging;
    private final InstantSource clock;
    private volatile @Nullable ExchangeLoop<Rollout, Trajectory> loop;
    private volatile boolean stopped;

    RolloutIntake(Topics topics, HouseFollower follower, RolloutJudging judging, InstantSource clock) {
        this.topics = topics;
        this.follower = follower;
        this.judging = judging;
        this.clock = clock;
    }

    @Override
    public int poll() {
        int done = follower.poll();
        ExchangeLoop<Rollout, Trajectory> running = loop;
        if (running == null && follower.caughtUp() && !stopped) {
            running = new ExchangeLoop<>(
                    topics,
                    new Route<>(List.of(topics.rollouts()), topics.trajectories()),
                    LoopSettings.of(RewardService.NAME, RewardService.NAME, OPEN_RECORDS),
                    judging,
                    clock);
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

    /** Rollouts not yet judged; NaN until Kafka has told it. */
    double lag() {
        OptionalLong lag = status().map(LoopStatus::lag).orElse(OptionalLong.empty());
        return lag.isPresent() ? lag.getAsLong() : Double.NaN;
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
