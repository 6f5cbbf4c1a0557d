package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.launch.HouseAddresses;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which house a command talks to. */
final class HouseOptions {
    private static final String FILE = "file:";
    static final String DIRECTORY = "${sys:user.home}/.plumbline/house";

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "${env:PLUMBLINE_DIR:-" + DIRECTORY + "}",
            description = "Directory of \"plumbline up\", where its addresses are found. Default: $PLUMBLINE_DIR, else "
                    + "~/.plumbline/house.")
    Path directory = Path.of("");

    @Option(
            names = "--trainer",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:PLUMBLINE_TRAINER:-}",
            description = "Address of trainer-service. Default: $PLUMBLINE_TRAINER, else the running house's, else "
                    + "127.0.0.1:9103.")
    String trainer = "";

    @Option(
            names = "--policy",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:PLUMBLINE_POLICY:-}",
            description = "Address of policy-service; likewise, 127.0.0.1:9101.")
    String policy = "";

    @Option(
            names = "--reward",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:PLUMBLINE_REWARD:-}",
            description = "Address of reward-service; likewise, 127.0.0.1:9102.")
    String reward = "";

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:PLUMBLINE_KAFKA:-}",
            description = "Address of the broker; likewise, 127.0.0.1:9092.")
    String kafka = "";

    @Option(
            names = "--topics-prefix",
            paramLabel = "TEXT",
            defaultValue = "${env:PLUMBLINE_TOPICS_PREFIX:-}",
            description = "What the house's plumbline.topics.prefix is. Default: none.")
    String topicsPrefix = "";

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            defaultValue = "${env:PLUMBLINE_TOKEN:-}",
            description = "Token for services that ask for one, or file:PATH of a file with it; runs are started and"
                    + " cancelled with one of the control role. Default: $PLUMBLINE_TOKEN, else none.")
    String token = "";

    HouseClient connect() {
        Optional<HouseAddresses> running = HouseAddresses.read(directory);
        HouseAddresses addresses = new HouseAddresses(
                running.map(HouseAddresses::pid).orElse(0L),
                address(kafka, running.map(HouseAddresses::kafka), Ports.USUAL_KAFKA),
                address(policy, running.map(HouseAddresses::policy), Service.POLICY.usualGrpcPort()),
                address(reward, running.map(HouseAddresses::reward), Service.REWARD.usualGrpcPort()),
                address(trainer, running.map(HouseAddresses::trainer), Service.TRAINER.usualGrpcPort()));
        return token.isBlank() ? new HouseClient(addresses) : new HouseClient(addresses, secret());
    }

    private String secret() {
        if (!token.startsWith(FILE)) {
            return token;
        }
        Path file = Path.of(token.substring(FILE.length()));
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new CommandException(ExitCode.USAGE, "--token: " + file + " cannot be read: " + e.getMessage());
        }
    }

    private static String address(String told, Optional<String> found, int usualPort) {
        return told.isBlank() ? found.orElse("127.0.0.1:" + usualPort) : told;
    }
}
