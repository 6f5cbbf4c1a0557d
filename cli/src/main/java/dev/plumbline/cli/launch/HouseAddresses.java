package dev.plumbline.cli.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Where a running house answers, as host:port. {@code up} leaves them in a file of its directory, where the other
 * commands find them.
 *
 * @param pid the process that holds the house
 */
public record HouseAddresses(long pid, String kafka, String policy, String reward, String trainer) {
    private static final String FILE = "house.json";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** The addresses of this process' house. */
    static HouseAddresses of(Ports ports) {
        return new HouseAddresses(
                ProcessHandle.current().pid(),
                "127.0.0.1:" + ports.kafka(),
                "127.0.0.1:" + ports.grpc(Service.POLICY),
                "127.0.0.1:" + ports.grpc(Service.REWARD),
                "127.0.0.1:" + ports.grpc(Service.TRAINER));
    }

    /** Where a service answers calls. */
    public String of(Service service) {
        return switch (service) {
            case POLICY -> policy;
            case REWARD -> reward;
            case TRAINER -> trainer;
        };
    }

    /** What was left in a directory, if the process that left it still lives. */
    public static Optional<HouseAddresses> read(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode node = MAPPER.readTree(Files.readString(file));
            HouseAddresses addresses = new HouseAddresses(
                    node.path("pid").asLong(),
                    node.path("kafka").asText(),
                    node.path("policy").asText(),
                    node.path("reward").asText(),
                    node.path("trainer").asText());
            return ProcessHandle.of(addresses.pid)
                    .filter(ProcessHandle::isAlive)
                    .map(process -> addresses);
        } catch (JsonProcessingException e) {
            throw new LaunchException(file + " is damaged: remove it, or name the addresses by options", e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** Leaves them in a directory. */
    public void write(Path directory) {
        ObjectNode node = MAPPER.createObjectNode()
                .put("pid", pid)
                .put("kafka", kafka)
                .put("policy", policy)
                .put("reward", reward)
                .put("trainer", trainer);
        try {
            Path written = Files.writeString(
                    directory.resolve(FILE + ".new"),
                    MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n");
            Files.move(written, directory.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(directory.resolve(FILE) + " cannot be written", e);
        }
    }

    /** Takes them away again. */
    static void remove(Path directory) {
        try {
            Files.deleteIfExists(directory.resolve(FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(directory.resolve(FILE) + " cannot be removed", e);
        }
    }
}
