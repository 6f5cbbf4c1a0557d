package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.rescore.Rescored;
import dev.plumbline.cli.rescore.Rescoring;
import dev.plumbline.cli.rescore.RunTrajectories;
import dev.plumbline.cli.spec.SpecFile;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline rescore}. */
@Command(
        name = "rescore",
        description = {
            "Have other judges score the answers that a PPO run learnt from, which the log still has.",
            "",
            "The reward:",
            "  components: [{name: preference, model: {model: reward@2}}]",
            "Prints the mean rewards of each step, then and now; with --json or --output a line for each answer."
        })
final class RescoreCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id.")
    private String runId = "";

    @Parameters(
            index = "1",
            paramLabel = "REWARD.yaml",
            description = "The reward, as a PPO spec has it under \"reward\".")
    private Path reward = Path.of("");

    @Option(names = "--output", paramLabel = "FILE", description = "Writes a line of JSON for each answer to a file.")
    private @Nullable Path file;

    RescoreCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** What a step's answers got in the mean. */
    private static final class StepMeans {
        private int answers;
        private int unjudged;
        private double then;
        private double now;

        private void add(Rescored answer) {
            if (answer.judged()) {
                answers++;
                then += answer.then().getReward();
                now += answer.now().getReward();
            } else {
                unjudged++;
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        RewardSpec spec = SpecFile.readReward(reward);
        SortedMap<Long, StepMeans> steps = new TreeMap<>();
        try (HouseClient client = house.connect();
                PrintStream lines = new PrintStream(
                        file == null ? OutputStream.nullOutputStream() : Files.newOutputStream(file),
                        false,
                        StandardCharsets.UTF_8)) {
            Rescoring rescoring = new Rescoring(client.reward(), spec);
            new RunTrajectories(client.topics(house.topicsPrefix), runId)
                    .forEach(trajectory -> rescoring.rescore(trajectory).forEach(answer -> {
                        steps.computeIfAbsent(answer.step(), step -> new StepMeans())
                                .add(answer);
                        lines.println(answer.toJson());
                        if (output.json) {
                            terminal.out().println(answer.toJson());
                        }
                    }));
        }
        if (steps.isEmpty()) {
            throw new CommandException(
                    ExitCode.FAILED,
                    "the log has no judged answers of a run \"" + runId
                            + "\"; \"runs list\" shows the PPO runs there are");
        }
        if (!output.json) {
            print(steps);
        }
        boolean whole = steps.values().stream().allMatch(means -> means.unjudged == 0);
        return whole ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(SortedMap<Long, StepMeans> steps) {
        Table table = new Table("STEP", "ANSWERS", "THEN", "NOW", "NOT JUDGED");
        steps.forEach((step, means) -> table.row(
                String.valueOf(step),
                String.valueOf(means.answers),
                means.answers == 0 ? "-" : RunView.number(means.then / means.answers),
                means.answers == 0 ? "-" : RunView.number(means.now / means.answers),
                String.valueOf(means.unjudged)));
        table.print(terminal.out());
    }
}
