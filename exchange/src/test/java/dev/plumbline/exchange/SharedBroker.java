package dev.plumbline.exchange;

import dev.plumbline.exchange.broker.EmbeddedBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One broker for all test classes; every test gets a house of its own on it, with one partition per topic. */
final class SharedBroker implements ParameterResolver {

    private static final AtomicInteger HOUSES = new AtomicInteger();

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == TestHouse.class;
    }

    @Override
    public TestHouse resolveParameter(ParameterContext parameter, ExtensionContext context) {
        String bootstrap = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(Running.class, any -> new Running(), Running.class)
                .broker
                .bootstrapServers();
        KafkaSettings settings = KafkaSettings.defaults(bootstrap);
        return TestHouse.create(settings.withTopics(settings.topics()
                .withPrefix("t" + HOUSES.incrementAndGet() + '.')
                .withPartitions(1)));
    }

    /** Ends with the last test. */
    private static final class Running implements AutoCloseable {

        private final EmbeddedBroker broker;

        Running() {
            try {
                Path directory = Files.createTempDirectory("broker");
                broker = EmbeddedBroker.start(directory, 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            broker.close();
        }
    }
}
