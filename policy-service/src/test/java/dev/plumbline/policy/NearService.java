package dev.plumbline.policy;

import dev.plumbline.policy.call.CallsOverGrpc;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.settings.HouseSettings;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.ConfigProvider;

/** Another policy-service in the same house, whose engine is on the server of the one under test. */
final class NearService implements AutoCloseable {
    private final HostedService host;
    private final Server server;
    private final ManagedChannel channel;

    /**
     * Drives the engine of the other one.
     *
     * @param far where that speaks HTTP
     * @param update how a new version's weights get there, by the setting's name
     */
    NearService(URI far, String update) throws IOException {
        Path cache = Files.createTempDirectory(Path.of("target"), "near").toAbsolutePath();
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(HouseSettings.class)
                .withMapping(PolicySettings.class)
                .withMappingIgnore("plumbline.**")
                .withSources(new PropertiesConfigSource(
                        Map.of(
                                "plumbline.kafka.bootstrap-servers",
                                ConfigProvider.getConfig().getValue("plumbline.kafka.bootstrap-servers", String.class),
                                "plumbline.models.cache",
                                cache.toString(),
                                "plumbline.policy.slots",
                                "4",
                                "plumbline.policy.remote.url",
                                far.toString(),
                                "plumbline.policy.remote.update",
                                update,
                                "plumbline.policy.remote.token",
                                "unread"),
                        "near",
                        1000))
                .build();
        PolicyRoot root = new PolicyRoot(
                config.getConfigMapping(HouseSettings.class),
                config.getConfigMapping(PolicySettings.class),
                new ServingMeters(new SimpleMeterRegistry()));
        host = root.host();
        host.start();
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .executor(Executors.newCachedThreadPool())
                .addService(CallsOverGrpc.of(root.calls()))
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
    }

    PolicyServiceGrpc.PolicyServiceBlockingStub blocking() {
        return PolicyServiceGrpc.newBlockingStub(channel);
    }

    /** What it serves, or why it serves nothing. */
    String model() {
        return host.conditions().stream()
                .filter(condition -> condition.name().equals("model"))
                .map(condition -> condition.detail())
                .findFirst()
                .orElseThrow();
    }

    /** Whether it serves this. */
    boolean serves(Optional<String> version) {
        return version.equals(Optional.of(model()));
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
        host.close();
    }
}
