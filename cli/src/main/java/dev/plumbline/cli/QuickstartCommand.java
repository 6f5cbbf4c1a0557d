package dev.plumbline.cli;

import dev.plumbline.cli.progress.Progress;
import dev.plumbline.cli.quickstart.Outcome;
import dev.plumbline.cli.quickstart.QuickstartPlan;
import dev.plumbline.cli.quickstart.QuickstartRoom;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code plumbline quickstart}. */
@Command(
        name = "quickstart",
        description = {
            "Show all of it in a few minutes, on this machine alone.",
            "",
            "Starts a broker and the three services on free ports, makes a small language model from nothing, fine-tunes it"
                    + " on demonstrations of mixed quality, has a programmatic judge rank its answers, trains a reward model on"
                    + " the rankings, improves the model by PPO through Kafka, and lets the judge compare before and after on"
                    + " prompts nobody trained on. Everything is stopped at the end.",
            "",
            "Writes report.json and report.html, the data and the specs of all four runs. Ctrl-C ends it."
        })
final class QuickstartCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where it writes; an earlier quickstart there is replaced. Default ${DEFAULT-VALUE}.")
    private Path out = Path.of("target", "quickstart");

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Another seed is another world and other random numbers. Default ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--shuffle-ranks",
            description =
                    "Negative control: shuffle the judge's ranks, so that there is nothing to learn. The win rate then"
                            + " stays near one half.")
    private boolean shuffleRanks;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each service. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    QuickstartCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        QuickstartPlan plan = new QuickstartPlan(out, seed, shuffleRanks, threads);
        QuickstartRoom room = QuickstartRoom.prepare(plan);
        Logs.into(room.house().log("kafka"));
        Progress progress = output.json ? Progress.silent() : RunView.progress(terminal);
        Outcome outcome = room.play(progress);
        terminal.out().println(output.json ? outcome.json() : outcome.text());
        return ExitCode.OK;
    }
}
