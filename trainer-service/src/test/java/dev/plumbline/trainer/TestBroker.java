package dev.plumbline.trainer;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.exchange.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;

/** One broker for all tests of the JVM; each test has topics of its own. */
final class TestBroker {
    private static final AtomicInteger PREFIXES = new AtomicInteger();

    private TestBroker() {}

    /** Topics that no other test has, with two partitions. */
    static KafkaSettings newTopics() {
        String prefix = "t" + PREFIXES.incrementAndGet() + "-";
        return KafkaSettings.defaults(Holder.BROKER.bootstrapServers())
                .withTopics(TopicSettings.DEFAULT.withPrefix(prefix).withPartitions(2));
    }

    static String bootstrapServers() {
        return Holder.BROKER.bootstrapServers();
    }

    /** Starts with the first test that asks, ends with the JVM. */
    private static final class Holder {
        private static final EmbeddedBroker BROKER = start();

        private static EmbeddedBroker start() {
            try {
                EmbeddedBroker broker = EmbeddedBroker.start(Files.createTempDirectory("trainer-broker"), 0);
                Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
                return broker;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
