package dev.plumbline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Ports;
import dev.plumbline.exchange.broker.EmbeddedBroker;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsResponse;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal = new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void everyCommandExplainsItselfAndAllItTakes() {
        for (CommandSpec command : all(Plumbline.commandLine(terminal).getCommandSpec())) {
            assertThat(command.usageMessage().description())
                    .as(command.qualifiedName())
                    .isNotEmpty();
            command.options()
                    .forEach(option -> assertThat(option.description())
                            .as(command.qualifiedName() + " " + option.longestName())
                            .isNotEmpty());
            command.positionalParameters()
                    .forEach(parameter -> assertThat(parameter.description())
                            .as(command.qualifiedName() + " " + parameter.paramLabel())
                            .isNotEmpty());
        }
    }

    @Test
    void everyLeafSpeaksJson() {
        for (CommandSpec command : all(Plumbline.commandLine(terminal).getCommandSpec())) {
            if (command.subcommands().isEmpty()) {
                assertThat(command.optionsMap()).as(command.qualifiedName()).containsKeys("--json", "--help");
            }
        }
    }

    @Test
    void helpIsPrintedForEveryCommand() {
        assertThat(run("--help")).isZero();
        assertThat(text(out))
                .contains(
                        "quickstart",
                        "up",
                        "run",
                        "runs",
                        "replay",
                        "rescore",
                        "models",
                        "prompts",
                        "generate",
                        "score");
        for (String command : List.of("quickstart", "up", "run sft", "runs watch", "models export", "prompts submit")) {
            out.reset();
            assertThat(run((command + " --help").split(" ", -1))).isZero();
            assertThat(text(out)).contains("Usage: plumbline " + command);
        }
    }

    @Test
    void whatIsNoCommandLineIsRefusedWithUsage() {
        assertThat(run("runs", "frobnicate")).isEqualTo(ExitCode.USAGE);
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(run("run", "sft")).isEqualTo(ExitCode.USAGE);
        assertThat(text(err)).contains("frobnicate", "SPEC.yaml");
    }

    @Test
    void aServiceThatIsNotUpIsNamedWithTheFix() {
        String nobody = "127.0.0.1:" + Ports.free().kafka();
        assertThat(run("runs", "list", "--dir", directory.toString(), "--trainer", nobody))
                .isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(text(err)).contains(nobody, "plumbline up", "--trainer");
    }

    @Test
    void aTokenIsShownAndOneThatIsNotKnownIsNamedWithTheFix() throws Exception {
        Path secret = Files.writeString(directory.resolve("secret"), "known-known-known\n");
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new TrainerServiceGrpc.TrainerServiceImplBase() {
                    @Override
                    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> caller) {
                        caller.onNext(ListRunsResponse.getDefaultInstance());
                        caller.onCompleted();
                    }
                })
                .intercept(new Doorkeeper("Bearer known-known-known"))
                .build()
                .start();
        String[] list = {
            "runs", "list", "--dir", directory.toString(), "--trainer", "127.0.0.1:" + server.getPort(), "--token"
        };
        try {
            assertThat(run(with(list, "known-known-known"))).isEqualTo(ExitCode.OK);
            assertThat(run(with(list, "file:" + secret))).isEqualTo(ExitCode.OK);
            assertThat(run(with(list, "unknown"))).isEqualTo(ExitCode.FAILED);
            assertThat(text(err)).contains("no such token", "--token or $PLUMBLINE_TOKEN");
            assertThat(run(with(list, "file:" + directory.resolve("nothing")))).isEqualTo(ExitCode.USAGE);
            assertThat(text(err)).contains("nothing cannot be read");
        } finally {
            server.shutdownNow().awaitTermination();
        }
    }

    private static String[] with(String[] arguments, String last) {
        return Stream.concat(Stream.of(arguments), Stream.of(last)).toArray(String[]::new);
    }

    /** Lets in who shows this. */
    private record Doorkeeper(String wanted) implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            if (wanted.equals(headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER)))) {
                return next.startCall(call, headers);
            }
            call.close(Status.UNAUTHENTICATED.withDescription("no such token"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    @Test
    void aBadSpecIsRefusedBeforeAnyoneIsAsked() throws IOException {
        Path spec = Files.writeString(directory.resolve("bad.yaml"), "modle: x\n");
        assertThat(run("run", "sft", spec.toString(), "--dir", directory.toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(text(err)).contains("bad.yaml", "modle is no key here");
    }

    @Test
    void badLinesOfPromptsAreNamedAndNothingIsSent() throws IOException {
        Path prompts = Files.writeString(
                directory.resolve("prompts.jsonl"),
                "{\"prompt\": \"fine\"}\n{\"promt\": \"x\"}\nnonsense\n{\"prompt\": 3}\n");
        assertThat(run("prompts", "submit", prompts.toString(), "--dir", directory.toString()))
                .isEqualTo(ExitCode.FAILED);
        assertThat(text(err))
                .contains("line 2: unknown key \"promt\"", "line 3: is not JSON", "line 4: \"prompt\" must be");
    }

    @Test
    void whatCannotBeReadAsPromptsIsSaidInOneLine() throws IOException {
        Path two = Files.writeString(directory.resolve("two.jsonl"), "{\"prompt\": \"a\"} {\"prompt\": \"b\"}\n");
        assertThat(run("prompts", "submit", two.toString())).isEqualTo(ExitCode.FAILED);
        Path binary = Files.write(directory.resolve("binary.jsonl"), new byte[] {(byte) 0x80, '\n'});
        assertThat(run("prompts", "submit", binary.toString())).isEqualTo(ExitCode.FAILED);
        Path nowhere = directory.resolve("nowhere.jsonl");
        assertThat(run("prompts", "submit", nowhere.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(text(err))
                .contains(
                        "plumbline: " + two + ":\n  line 1: holds more than one JSON value",
                        "plumbline: " + binary + " is no text in UTF-8",
                        "plumbline: there is no file " + nowhere)
                .doesNotContain("Exception");
    }

    @Test
    void aHouseThatCannotBeIsRefusedAndLeavesNothing() throws IOException {
        Path house = directory.resolve("house");
        assertThat(run("up", "--dir", house.toString(), "--threads", "0")).isEqualTo(ExitCode.FAILED);
        assertThat(run("up", "--dir", house.toString(), "--policy-port", "99999"))
                .isEqualTo(ExitCode.FAILED);
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run("up", "--dir", house.toString(), "--kafka-port", String.valueOf(busy.getLocalPort())))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(text(err)).contains("kafka port " + busy.getLocalPort());
        }
        assertThat(text(err))
                .contains("threads must be >= 1, got 0", "--policy-port must be in [1, 65535], got 99999")
                .doesNotContain("defect", "\tat ");
        assertThat(house).doesNotExist();
    }

    @Test
    void aTopicThatIsNotThereIsNamedWithTheFix() throws IOException {
        Path prompts = Files.writeString(directory.resolve("prompts.jsonl"), "{\"prompt\": \"a\"}\n");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            assertThat(run("prompts", "submit", prompts.toString(), "--kafka", broker.bootstrapServers()))
                    .isEqualTo(ExitCode.FAILED);
        }
        assertThat(text(err))
                .contains("plumbline.prompts.v1 does not exist", "--topics-prefix")
                .doesNotContain("\tat ");
    }

    @Test
    void exportDoesNotOverwrite() {
        assertThat(run("models", "export", "policy@1", directory.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(text(err)).contains("exists");
    }

    @Test
    void quickstartRefusesADirectoryThatIsNotItsOwn() throws IOException {
        Files.writeString(directory.resolve("thesis.tex"), "years of work");
        assertThat(run("quickstart", "--out", directory.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(text(err)).contains("thesis.tex", "--out");
        assertThat(directory.resolve("thesis.tex")).exists();
    }

    private int run(String... arguments) {
        return Plumbline.run(terminal, arguments);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static List<CommandSpec> all(CommandSpec root) {
        List<CommandSpec> all = new ArrayList<>(List.of(root));
        for (CommandLine child : root.subcommands().values()) {
            all.addAll(all(child.getCommandSpec()));
        }
        return all;
    }
}
