package dev.plumbline.policy.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.LoopSettings;
import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.exchange.Offer;
import dev.plumbline.exchange.Origin;
import dev.plumbline.exchange.Reply;
import dev.plumbline.exchange.Responder;
import dev.plumbline.exchange.Route;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.broker.EmbeddedBroker;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a real broker; the test is the thread that polls. */
@Timeout(120)
class PromptLoopTest {
    private final List<String> offered = new ArrayList<>();
    private Optional<Duration> versionWait = Optional.empty();

    @Test
    void itLeavesWhenAVersionStaysAwayAndComesBackWithIt(@TempDir Path directory) {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, 0)) {
            Topics topics = new Topics(KafkaSettings.defaults(broker.bootstrapServers()));
            HouseFollower house = new HouseFollower(topics, new HouseView(), Clock.systemUTC());
            PromptLoop loop = loop(topics, house);
            assertThat(loop.poll()).isZero();
            assertThat(loop.status()).isEmpty();
            try (house;
                    LogWriter producer = new LogWriter(topics)) {
                pollUntil(() -> house.poll(Duration.ZERO), house::caughtUp);
                send(producer, topics, "first");
                pollUntil(loop::poll, () -> offered.contains("first"));

                versionWait = Optional.of(Duration.ofSeconds(60));
                loop.poll();
                assertThat(mode(loop)).isEqualTo(LoopStatus.Mode.RUNNING);
                versionWait = Optional.of(Duration.ofSeconds(61));
                pollUntil(loop::poll, () -> mode(loop) == LoopStatus.Mode.AWAY);
                send(producer, topics, "while it is away");
                versionWait = Optional.empty();
                pollUntil(loop::poll, () -> offered.contains("while it is away"));
                assertThat(mode(loop)).isEqualTo(LoopStatus.Mode.RUNNING);

                loop.stopIntake();
                pollUntil(loop::poll, () -> mode(loop) == LoopStatus.Mode.DRAINING);
                assertThat(loop.isIdle()).isTrue();
            } finally {
                loop.finish();
            }
        }
    }

    private PromptLoop loop(Topics topics, HouseFollower house) {
        return new PromptLoop(
                house,
                () -> new ExchangeLoop<>(
                        topics,
                        new Route<>(List.of(topics.trainingPrompts()), topics.rollouts()),
                        LoopSettings.of("policy-service", "test", 8),
                        new Passing(),
                        Clock.systemUTC()),
                () -> versionWait,
                Duration.ofSeconds(60));
    }

    private static LoopStatus.Mode mode(PromptLoop loop) {
        return loop.status().orElseThrow().mode();
    }

    private static void send(LogWriter producer, Topics topics, String id) {
        producer.send(topics.trainingPrompts(), Prompt.newBuilder().setId(id).build())
                .join();
    }

    private static void pollUntil(Runnable poll, BooleanSupplier done) {
        while (!done.getAsBoolean()) {
            poll.run();
        }
    }

    /** Passes over every prompt and remembers it. */
    private final class Passing implements Responder<Prompt, Rollout> {
        @Override
        public Offer offer(Incoming<Prompt> record, Reply<Rollout> reply) {
            offered.add(record.message().getId());
            return Offer.passed();
        }

        @Override
        public Rollout errorRecord(Origin origin, Optional<Prompt> message, RecordError error) {
            return Rollouts.begin(origin, message.orElseThrow()).setError(error).build();
        }
    }
}
