package dev.plumbline.exchange.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.utils.Time;

/**
 * A Kafka broker of one node in this JVM, on the loopback address. What was written is there again after a restart on
 * the same directory. Needs {@code kafka_2.13}, which this module only offers: a service never has it.
 */
public final class EmbeddedBroker implements AutoCloseable {

    // A directory that is formatted already keeps its id, and the broker refuses to start with another one.
    private static final String CLUSTER_ID = "AAAAAAAAQACAAAAAAAAAAQ";

    private final KafkaRaftServer server;
    private final int port;

    private EmbeddedBroker(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * Starts a broker and returns when it answers.
     *
     * @param directory where it keeps its log; created if missing
     * @param port where it listens; 0 for a free one
     */
    public static EmbeddedBroker start(Path directory, int port) {
        int listening = port == 0 ? freePort(port) : port;
        Properties settings = settings(directory, listening, freePort(listening));
        try {
            Files.createDirectories(directory);
            Path file = directory.resolve("server.properties");
            try (OutputStream out = Files.newOutputStream(file)) {
                settings.store(out, null);
            }
            String[] format = {"format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", file.toString()};
            int exit = StorageTool.execute(
                    format, new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
            if (exit != 0) {
                throw new IllegalStateException("the broker's directory " + directory + " cannot be formatted (exit "
                        + exit + "): remove it or choose another one");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the broker's directory " + directory + " cannot be written", e);
        }
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
        try {
            server.startup();
        } catch (RuntimeException e) {
            server.shutdown();
            throw new IllegalStateException(
                    "the broker cannot start on port " + listening + " with directory " + directory
                            + ": is the port taken, or the directory in use by another broker? " + e.getMessage(),
                    e);
        }
        return new EmbeddedBroker(server, listening);
    }

    /** The address for clients. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** The port it listens on. */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static Properties settings(Path directory, int port, int controllerPort) {
        Properties settings = new Properties();
        settings.setProperty("process.roles", "broker,controller");
        settings.setProperty("node.id", "1");
        settings.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.setProperty(
                "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        settings.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        settings.setProperty("controller.listener.names", "CONTROLLER");
        settings.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.setProperty("log.dirs", directory.resolve("data").toString());
        for (String topic : List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
            settings.setProperty(topic + ".replication.factor", "1");
        }
        settings.setProperty("transaction.state.log.min.isr", "1");
        settings.setProperty("share.coordinator.state.topic.min.isr", "1");
        settings.setProperty("offsets.topic.num.partitions", "1");
        settings.setProperty("transaction.state.log.num.partitions", "1");
        // One node has nobody to wait for before it forms a group.
        settings.setProperty("group.initial.rebalance.delay.ms", "0");
        settings.setProperty("auto.create.topics.enable", "false");
        // 2 MiB instead of 128: a few thousand keys.
        settings.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        return settings;
    }

    /** One that nothing listens on now, other than the one that is meant for something else. */
    private static int freePort(int meant) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = socket.getLocalPort();
            // While this one is held, the next is another.
            return port == meant ? freePort(meant) : port;
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on the loopback address", e);
        }
    }
}
