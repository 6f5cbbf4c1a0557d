package dev.plumbline.trainer;

import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.serving.client.Channels;
import io.grpc.ManagedChannel;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A test that calls the service in Quarkus over a socket. */
abstract class CalledTrainer {
    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    ManagedChannel channel;
    TrainerServiceGrpc.TrainerServiceBlockingStub client;

    @BeforeEach
    void connect() {
        channel = Channels.open("localhost:" + port, false);
        client = TrainerServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }
}
