package dev.plumbline.exchange;

import static dev.plumbline.exchange.TestHouse.drive;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.broker.EmbeddedBroker;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutageTest {

    /** So short that records fail while the broker is away, instead of waiting in the producer. */
    private static final Map<String, String> IMPATIENT = Map.of(
            "delivery.timeout.ms", "1000",
            "request.timeout.ms", "500",
            "linger.ms", "0",
            "max.block.ms", "1000",
            "reconnect.backoff.max.ms", "200");

    @Test
    void whileTheBrokerIsAwayTheLoopWaitsAndAfterwardsNothingIsLost(@TempDir Path directory) throws Exception {
        FakeResponder responder = FakeResponder.holding();
        EmbeddedBroker broker = EmbeddedBroker.start(directory, 0);
        int port = broker.port();
        try {
            TestHouse house = TestHouse.create(KafkaSettings.defaults(broker.bootstrapServers())
                    .withTopics(TopicSettings.DEFAULT.withPartitions(1)));
            house.sendPrompts(5);
            try (ExchangeLoop<Prompt, Rollout> loop = house.with(IMPATIENT).loop(responder)) {
                drive(loop, () -> responder.held.size() == 5);
                responder.answer("p0");
                drive(loop, () -> loop.status().partitions().get(0).committed() == 1);

                broker.close();
                IntStream.range(1, 5).forEach(i -> responder.answer("p" + i));
                drive(loop, () -> loop.status().lastError().contains("plumbline.rollouts.v1"));
                assertThat(loop.status().writing()).isEqualTo(4);
                assertThat(loop.status().counts().answered()).isEqualTo(1);

                broker = EmbeddedBroker.start(directory, port);
                drive(loop, () -> loop.status().counts().answered() == 5);
                assertThat(loop.status().lastError()).isEmpty();
                drive(loop, () -> loop.status().partitions().get(0).committed() == 5);
            }
            assertThat(house.answeredIds()).contains("p0", "p1", "p2", "p3", "p4");
            assertThat(house.committed().offset()).isEqualTo(5);
        } finally {
            broker.close();
        }
    }
}
