package dev.plumbline.exchange.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Prompt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {

    private static final Prompt PROMPT = Prompt.newBuilder().setId("kept").build();

    @Test
    void whatWasWrittenIsThereAfterARestartOnTheSamePortAndDirectory(@TempDir Path directory) throws Exception {
        int port;
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, 0)) {
            port = broker.port();
            Topics topics = topics(broker);
            topics.ensure();
            try (LogWriter writer = new LogWriter(topics)) {
                writer.send(topics.prompts(), PROMPT).get();
            }
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, port)) {
            Topics topics = topics(broker);
            topics.ensure();
            List<Fetched<Prompt>> read = new ArrayList<>();
            try (LogReader<Prompt> reader = new LogReader<>(topics, topics.prompts())) {
                while (reader.position(0) < 1) {
                    read.addAll(reader.poll(Duration.ofMillis(100)));
                }
            }
            assertThat(read)
                    .extracting(record -> ((Incoming<Prompt>) record).message())
                    .containsExactly(PROMPT);
        }
    }

    @Test
    void aPortThatIsTakenIsNamed(@TempDir Path one, @TempDir Path other) {
        try (EmbeddedBroker broker = EmbeddedBroker.start(one, 0)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(other, broker.port()))
                    .hasMessageContaining(String.valueOf(broker.port()));
        }
    }

    private static Topics topics(EmbeddedBroker broker) {
        return new Topics(
                KafkaSettings.defaults(broker.bootstrapServers()).withTopics(TopicSettings.DEFAULT.withPartitions(1)));
    }
}
