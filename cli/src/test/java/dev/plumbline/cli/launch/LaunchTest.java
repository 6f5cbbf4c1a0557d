package dev.plumbline.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void aServiceThatIsNotBuiltIsNamedWithTheFix() {
        HousePlan plan = plan(Ports.free());
        assertThatThrownBy(() -> House.start(plan, name -> {}))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("trainer-service is not built")
                .hasMessageContaining("mvnw");
        assertThat(plan.broker()).doesNotExist();
    }

    @Test
    void everyBusyPortIsNamed() throws IOException {
        Ports free = Ports.free();
        try (ServerSocket one = new ServerSocket(free.kafka(), 1, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(free.http(Service.REWARD), 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(free::requireFree)
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining("kafka port " + one.getLocalPort())
                    .hasMessageContaining("reward-http port " + other.getLocalPort())
                    .hasMessageContaining("--free-ports");
        }
        free.requireFree();
    }

    @Test
    void portsThatCannotBeAreNamed() {
        Ports free = Ports.free();
        Map<Service, Integer> grpc = Map.of(
                Service.POLICY, 65_536, Service.REWARD, free.kafka(), Service.TRAINER, free.grpc(Service.TRAINER));
        assertThatThrownBy(() -> new Ports(free.kafka(), grpc, free.http(), free.control()))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("--policy-port must be in [1, 65535], got 65536")
                .hasMessageContaining("--reward-port must differ from --kafka-port, got " + free.kafka());
    }

    @Test
    void freePortsDiffer() {
        Ports free = Ports.free();
        assertThat(Stream.of(
                                Stream.of(free.kafka(), free.control()),
                                free.grpc().values().stream(),
                                free.http().values().stream())
                        .flatMap(ports -> ports)
                        .collect(Collectors.toSet()))
                .hasSize(8);
    }

    /** A jar without the class that its manifest names ends at once, as a service with a bad setting does. */
    @Test
    void aServiceThatEndsIsNamedWithTheEndOfItsLog() throws IOException {
        Path jar = directory.resolve("trainer-service/target/quarkus-app/quarkus-run.jar");
        Files.createDirectories(jar.getParent());
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, "no.such.Main");
        try (OutputStream out = Files.newOutputStream(jar)) {
            new JarOutputStream(out, manifest).close();
        }

        Path log = directory.resolve("logs/trainer.log");
        try (ServiceProcess process = ServiceProcess.start(
                new Installation(directory),
                Service.TRAINER,
                Ports.free(),
                new Resources(1, 64),
                Map.of("plumbline.some", "setting"),
                log)) {
            assertThatThrownBy(() -> process.awaitStarted(Duration.ofMinutes(1)))
                    .isInstanceOf(LaunchException.class)
                    .hasMessageContaining("trainer-service has ended with exit code 1")
                    .hasMessageContaining(log.toString())
                    .hasMessageContaining("no.such.Main");
            assertThat(process.alive()).isFalse();
        }
    }

    @Test
    void addressesAreFoundWhileTheirProcessLives() {
        HouseAddresses addresses = HouseAddresses.of(Ports.free());
        assertThat(HouseAddresses.read(directory)).isEmpty();
        addresses.write(directory);
        assertThat(HouseAddresses.read(directory)).contains(addresses);

        HouseAddresses gone = new HouseAddresses(
                Long.MAX_VALUE, addresses.kafka(), addresses.policy(), addresses.reward(), addresses.trainer());
        gone.write(directory);
        assertThat(HouseAddresses.read(directory)).isEmpty();
    }

    @Test
    void aDamagedStateFileIsNamed() throws IOException {
        Files.writeString(directory.resolve("house.json"), "{");
        assertThatThrownBy(() -> HouseAddresses.read(directory))
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("house.json is damaged");
    }

    private HousePlan plan(Ports ports) {
        return new HousePlan(
                new Installation(directory), directory.resolve("house"), ports, new Resources(1, 64), Map.of());
    }
}
