package dev.plumbline.trainer.simulation;

import com.google.protobuf.Message;
import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LoopSettings;
import dev.plumbline.exchange.Route;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.time.Duration;
import java.util.List;

/** One process of policy- or reward-service: the house's own loop and view of the feeds around made-up answers. */
final class Replica<I extends Message, O extends Message> {
    /** No poll waits: time passes elsewhere. */
    private static final Duration IDLE = Duration.ofNanos(1);

    private final SimulatedProcess process;
    private final HouseFollower follower;
    private final SlowResponder<I, O> responder;
    private final ExchangeLoop<I, O> loop;

    private Replica(
            SimulatedProcess process, HouseFollower follower, SlowResponder<I, O> responder, ExchangeLoop<I, O> loop) {
        this.process = process;
        this.follower = follower;
        this.responder = responder;
        this.loop = loop;
    }

    static Replica<Prompt, Rollout> sampling(
            SimulatedProcess process, KafkaSettings kafka, VirtualTime time, Chance chance) {
        Topics topics = new Topics(kafka, process);
        HouseView view = new HouseView();
        Sampler sampler = new Sampler(view, time, chance);
        return new Replica<>(
                process,
                new HouseFollower(topics, view, time),
                sampler,
                new ExchangeLoop<>(
                        topics,
                        new Route<>(List.of(topics.prompts(), topics.trainingPrompts()), topics.rollouts()),
                        new LoopSettings("policy-service", "policy-service", chance.between(1, 4), IDLE),
                        sampler,
                        time));
    }

    /** @param rewards how many different ones it gives */
    static Replica<Rollout, Trajectory> judging(
            SimulatedProcess process, KafkaSettings kafka, VirtualTime time, Chance chance, int rewards) {
        Topics topics = new Topics(kafka, process);
        Judge judge = new Judge(time, chance, rewards);
        return new Replica<>(
                process,
                new HouseFollower(topics, new HouseView(), time),
                judge,
                new ExchangeLoop<>(
                        topics,
                        new Route<>(List.of(topics.rollouts()), topics.trajectories()),
                        new LoopSettings("reward-service", "reward-service", chance.between(1, 4), IDLE),
                        judge,
                        time));
    }

    SimulatedProcess process() {
        return process;
    }

    /** It begins to look at records when it has read the feeds. */
    void poll() {
        if (process.isDead()) {
            return;
        }
        if (process.chance().happens(0.5)) {
            follower.poll(Duration.ZERO);
        }
        if (follower.caughtUp()) {
            responder.poll();
            loop.poll();
        }
    }
}
