package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Reply;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.reward.judge.ModelSource;
import dev.plumbline.reward.judge.Reward;
import dev.plumbline.reward.verifier.Verifiers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deadlines that pass while rollouts wait for their judges; the test is the thread that judges. */
final class LateRolloutTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final int PATIENCE_SECONDS = 300;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final JudgeEngine engine = new JudgeEngine(
            new NoModels(),
            new Verifiers(Map.of(), registry),
            ComputeSettings.cpu(1),
            new JudgeEngine.Limits(100, 1000, 1, 0),
            registry);
    private final RolloutJudging judging =
            new RolloutJudging(new HouseView(), engine, Optional.of(lengthAlone()), () -> NOW);

    @AfterEach
    void close() {
        engine.finish();
    }

    private static final class NoModels implements ModelSource {
        @Override
        public Path fetch(ModelVersion version) {
            throw new AssertionError("no model is asked for, got " + version);
        }

        @Override
        public void close() {}
    }

    /** Keeps what it is told first. */
    private static final class Told implements Reply<Trajectory> {
        private final CompletableFuture<Trajectory> answer = new CompletableFuture<>();
        private final CompletableFuture<RecordError> error = new CompletableFuture<>();

        @Override
        public void answer(Trajectory message) {
            answer.complete(message);
        }

        @Override
        public void reject(RecordError reason) {
            error.complete(reason);
        }

        @Override
        public void defect(Throwable cause) {
            error.completeExceptionally(cause);
        }

        @Override
        public void abandon() {
            error.completeExceptionally(new AssertionError("abandoned"));
        }
    }

    @Test
    void one_that_waits_beyond_its_deadline_is_refused_and_not_judged_any_more() throws Exception {
        Told told = new Told();

        assertThat(judging.offer(record(NOW.plusMillis(50)), told)).isInstanceOf(Offer.Accepted.class);
        RecordError error = told.error.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        int judged = engine.poll();

        assertThat(error.getReason()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(error.getField()).isEqualTo("plumbline-deadline");
        assertThat(judged).isZero();
        assertThat(told.answer).isNotDone();
    }

    @Test
    void one_that_is_judged_before_its_deadline_is_answered() {
        Told told = new Told();

        judging.offer(record(NOW.plusSeconds(PATIENCE_SECONDS)), told);
        engine.poll();

        assertThat(told.answer).isCompletedWithValueMatching(it -> it.getJudgementsCount() == 2);
        assertThat(told.error).isNotDone();
    }

    private static Judging lengthAlone() {
        RewardSpec spec = RewardSpec.newBuilder()
                .addComponents(RewardComponentSpec.newBuilder()
                        .setName("length")
                        .setLength(LengthReward.newBuilder().setMaxTokens(10)))
                .build();
        return Judging.of(Reward.of(spec, "reward"));
    }

    private static Incoming<Rollout> record(Instant deadline) {
        Origin origin = new Origin(
                new RecordIdentity("topic", 0, 0),
                "rollouts",
                "p",
                Map.of("plumbline-deadline", deadline.toString()),
                NOW);
        return new Incoming<>(TestRollouts.rollout("p", "", 1), origin);
    }
}
