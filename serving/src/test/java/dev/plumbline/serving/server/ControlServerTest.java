package dev.plumbline.serving.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.access.Tokens;
import dev.plumbline.serving.client.ShownToken;
import dev.plumbline.serving.meter.ServingMeters;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.testing.protobuf.SimpleRequest;
import io.grpc.testing.protobuf.SimpleServiceGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.runtime.PreventFurtherStepsException;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The port for orders, with a certificate made for the test. */
@Timeout(60)
class ControlServerTest {
    private static final String PASSWORD = "not-secret";
    private static final String TOKEN = "control-control-control";

    private final ToyHost host = new ToyHost();
    private final ToyService service = new ToyService();
    private Optional<ControlServer> server = Optional.empty();

    @AfterEach
    void close() {
        server.ifPresent(ControlServer::close);
    }

    @Test
    void ordersAreTakenOverTlsAsTheGrpcServersSettingsSay(@TempDir Path directory) throws Exception {
        Path store = certificate(directory.resolve("server.p12"));
        service.behaviour = call -> ToyService.answer(call, "done");
        int port = listen(Map.of(
                "quarkus.grpc.server.ssl.key-store",
                store.toString(),
                "quarkus.grpc.server.ssl.key-store-type",
                "PKCS12",
                "quarkus.grpc.server.ssl.key-store-password",
                PASSWORD));

        assertThat(order(port, trusting(store))).isEqualTo("done");

        StatusRuntimeException plain = catchThrowableOfType(
                StatusRuntimeException.class, () -> order(port, InsecureChannelCredentials.create()));
        assertThat(plain.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void anOrderThatIsNoMessageIsItsCallersFault() throws Exception {
        int port = listen(Map.of());
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .intercept(new ShownToken(TOKEN))
                .build();
        try {
            StatusRuntimeException error =
                    catchThrowableOfType(StatusRuntimeException.class, () -> MalformedCall.make(channel));
            assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(service.calls).isEmpty();
        } finally {
            channel.shutdownNow().awaitTermination(5, SECONDS);
        }
    }

    @Test
    void aPortThatIsTakenEndsTheProcessWithTheReason() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> listen(taken.getLocalPort(), Map.of()))
                    .isInstanceOf(PreventFurtherStepsException.class)
                    .hasMessageContaining("the control port cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void tlsWithoutAKeyEndsTheProcessWithTheFix() {
        assertThatThrownBy(() -> listen(Map.of("quarkus.grpc.server.plain-text", "false")))
                .isInstanceOf(PreventFurtherStepsException.class)
                .hasMessageContaining("quarkus.grpc.server.ssl.certificate");
    }

    private int listen(Map<String, String> settings) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        listen(port, settings);
        return port;
    }

    private void listen(int port, Map<String, String> settings) {
        host.desk = Optional.of(new ControlDesk(Optional.of("127.0.0.1"), port, List.of(service)));
        GrpcConfiguration configuration = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withMapping(GrpcConfiguration.class)
                .withDefaultValues(settings)
                .build()
                .getConfigMapping(GrpcConfiguration.class);
        ControlServer started = new ControlServer(
                host,
                configuration,
                new Access(Tokens.of("data", List.of()), Tokens.of("control", List.of(TOKEN))),
                new ActiveCalls(),
                new ServingMeters(new SimpleMeterRegistry()),
                new ServiceHealth());
        server = Optional.of(started);
        started.start();
    }

    private static String order(int port, ChannelCredentials credentials) throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port, credentials)
                .intercept(new ShownToken(TOKEN))
                .build();
        try {
            return SimpleServiceGrpc.newBlockingStub(channel)
                    .unaryRpc(SimpleRequest.getDefaultInstance())
                    .getResponseMessage();
        } finally {
            channel.shutdownNow().awaitTermination(5, SECONDS);
        }
    }

    private static Path certificate(Path store) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        return store;
    }

    private static ChannelCredentials trusting(Path store) throws Exception {
        KeyStore server = KeyStore.getInstance("PKCS12");
        try (InputStream bytes = Files.newInputStream(store)) {
            server.load(bytes, PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", server.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return TlsChannelCredentials.newBuilder()
                .trustManager(trust.getTrustManagers())
                .build();
    }
}
