package dev.plumbline.cli;

import dev.plumbline.cli.client.CallFailure;
import dev.plumbline.cli.launch.LaunchException;
import dev.plumbline.cli.quickstart.QuickstartException;
import dev.plumbline.cli.spec.SpecException;
import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.TopicProblemsException;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code plumbline} command. */
@Command(
        name = "plumbline",
        version = "plumbline 0.1.0",
        mixinStandardHelpOptions = true,
        description = {
            "Turns a language model into one that follows its users' preferences: supervised fine-tuning, a reward model"
                    + " from rankings, PPO, by three services over gRPC and Kafka.",
            "",
            "New here? \"plumbline quickstart\" shows all of it in a few minutes, on this machine alone."
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%n",
        footer = {
            "A typical session:",
            "  plumbline up                          # one terminal: broker and services, until Ctrl-C",
            "  plumbline run sft SPEC.yaml           # another: learn from demonstrations",
            "  plumbline generate \"a question\"       # ask the result",
            "",
            "Every command takes --json for machines and --help for its details.",
            "Exit codes: 0 done, 1 failed, 2 wrong command line or spec, 3 the house does not answer."
        },
        subcommands = {
            QuickstartCommand.class,
            UpCommand.class,
            RunCommand.class,
            RunsCommand.class,
            ReplayCommand.class,
            RescoreCommand.class,
            ModelsCommand.class,
            PromptsCommand.class,
            GenerateCommand.class,
            ScoreCommand.class
        })
public final class Plumbline implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Plumbline() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(run(Terminal.system(), arguments));
    }

    static int run(Terminal terminal, String... arguments) {
        Logs.quiet();
        return commandLine(terminal).execute(arguments);
    }

    static CommandLine commandLine(Terminal terminal) {
        return new CommandLine(new Plumbline(), new CommandFactory(terminal))
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> report(failure, terminal));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command? See \"plumbline --help\"");
    }

    /** Every failure becomes one message with its fix; what has none is a defect and shows where it happened. */
    private static int report(Exception failure, Terminal terminal) {
        if (failure instanceof CommandException known) {
            return say(terminal, String.valueOf(known.getMessage()), known.exitCode());
        }
        if (failure instanceof StatusRuntimeException refused) {
            CallFailure call = CallFailure.of(refused);
            return say(terminal, call.message(), exitCode(refused));
        }
        if (failure instanceof SpecException) {
            return say(terminal, String.valueOf(failure.getMessage()), ExitCode.USAGE);
        }
        if (failure instanceof ExchangeUnavailableException) {
            return say(
                    terminal,
                    failure.getMessage() + "; is the broker up? Start the house with \"plumbline up\", or name it with"
                            + " --kafka",
                    ExitCode.UNAVAILABLE);
        }
        if (failure instanceof TopicProblemsException) {
            return say(terminal, failure.getMessage() + "\nIs --topics-prefix that of the house?", ExitCode.FAILED);
        }
        if (failure instanceof LaunchException
                || failure instanceof QuickstartException
                || failure instanceof UncheckedIOException) {
            return say(terminal, String.valueOf(failure.getMessage()), ExitCode.FAILED);
        }
        failure.printStackTrace(terminal.err());
        return say(terminal, "this is a defect of plumbline: " + failure, ExitCode.FAILED);
    }

    private static int exitCode(StatusRuntimeException refused) {
        return switch (refused.getStatus().getCode()) {
            case UNAVAILABLE -> ExitCode.UNAVAILABLE;
            case INVALID_ARGUMENT -> ExitCode.USAGE;
            default -> ExitCode.FAILED;
        };
    }

    private static int say(Terminal terminal, String message, int exitCode) {
        terminal.err().println("plumbline: " + message);
        return exitCode;
    }
}
