package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunHistory;
import dev.plumbline.cli.client.Series;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.DescribeRunResponse;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ListSamplesRequest;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.SpecField;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline runs show}. */
@Command(
        name = "show",
        description =
                "A run as it stands: its state, what its spec sets, its data and code, its metrics, and its newest"
                        + " samples. With --json the run alone.")
final class ShowRunCommand implements Callable<Integer> {
    private static final int CURVE_WIDTH = 40;
    private static final int COMMIT_WIDTH = 12;

    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Mixin
    private final CurvesPage page = new CurvesPage();

    @Parameters(index = "0", paramLabel = "RUN", description = "Its id.")
    private String runId = "";

    @Option(
            names = "--samples",
            paramLabel = "N",
            defaultValue = "5",
            description = "Show so many samples of the last evaluation. Default 5.")
    private int samples;

    ShowRunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (samples < 0 || samples > 1000) {
            throw new CommandException(ExitCode.USAGE, "--samples must be from 0 to 1000, got " + samples);
        }
        try (HouseClient client = house.connect()) {
            if (output.json) {
                terminal.json(client.trainer()
                        .getRun(GetRunRequest.newBuilder().setRunId(runId).build())
                        .getRun());
            } else {
                show(client, RunHistory.of(client, runId));
            }
            page.write(client, List.of(runId), terminal);
        }
        return ExitCode.OK;
    }

    private void show(HouseClient client, RunHistory history) {
        state(history);
        spec(history);
        provenance(history);
        metrics(history);
        if (history.description().getSampledStepsCount() > 0 && samples > 0) {
            samples(client.trainer()
                    .listSamples(ListSamplesRequest.newBuilder()
                            .setRunId(runId)
                            .setPageSize(samples)
                            .build())
                    .getSamplesList());
        }
    }

    private void state(RunHistory history) {
        Run run = history.run();
        line(run.getRunId() + ": " + RunsCommand.state(run) + ", step " + run.getStep() + " of " + run.getTotalSteps());
        if (run.hasReplay()) {
            Replay replay = run.getReplay();
            line("replays: " + replay.getRunId() + " from its checkpoint of step " + replay.getCheckpointStep()
                    + " to step " + replay.getToStep());
        }
        if (!run.getFailure().isEmpty()) {
            line("failed: " + run.getFailure());
        }
        if (run.hasWaiting()) {
            line("waits: " + run.getWaiting().getReason());
        }
        run.getNotesList().forEach(note -> line("note: " + note));
        run.getModelsList().forEach(model -> line("model: " + model));
        checkpoints(history);
        line("directory: " + history.description().getDirectory());
    }

    private void checkpoints(RunHistory history) {
        DescribeRunResponse run = history.description();
        if (run.getCheckpointStepsCount() == 0) {
            return;
        }
        String bestBy = history.fields().values().stream()
                .filter(field -> field.getPath().endsWith(".course.best_by"))
                .map(SpecField::getValue)
                .findFirst()
                .orElse("");
        line("checkpoints: "
                + run.getCheckpointStepsList().stream()
                        .map(step -> "step " + step
                                + (run.hasBestStep() && step == run.getBestStep()
                                        ? " (the best by " + bestBy + ")"
                                        : ""))
                        .collect(Collectors.joining(", ")));
    }

    /** What was set to something else than the default. */
    private void spec(RunHistory history) {
        Table table = new Table("SPEC", "VALUE", "DEFAULT");
        history.fields().values().stream()
                .filter(field -> field.getGiven() && !field.getValue().equals(field.getDefaultValue()))
                .forEach(field ->
                        table.row(field.getPath(), SampleTable.oneLine(field.getValue()), field.getDefaultValue()));
        line("");
        table.print(terminal.out());
    }

    private void provenance(RunHistory history) {
        line("");
        for (RunSession session : history.description().getProvenance().getSessionsList()) {
            String commit = session.getCommit();
            line("made by: plumbline " + session.getVersion()
                    + (commit.isEmpty()
                            ? ""
                            : " (" + commit.substring(0, Math.min(COMMIT_WIDTH, commit.length()))
                                    + (session.getModified() ? " with changes)" : ")"))
                    + ", Java " + session.getJavaVersion() + ", libtorch " + session.getLibtorchVersion() + ", "
                    + session.getPlatform() + ", " + session.getComputeThreads() + " threads");
        }
        for (DataFile file : history.description().getProvenance().getDataList()) {
            line("data: " + file.getField() + " " + file.getPath() + ", " + file.getDigest());
        }
    }

    private void metrics(RunHistory history) {
        Table table = new Table("METRIC", "LAST", "CURVE");
        history.series()
                .forEach(
                        (name, series) -> table.row(name, Series.number(series.last()), series.sparkline(CURVE_WIDTH)));
        line("");
        table.print(terminal.out());
    }

    private void samples(List<EvaluationSample> shown) {
        line("");
        line("samples after step " + shown.get(0).getStep());
        SampleTable.of(shown).print(terminal.out());
    }

    private void line(String text) {
        terminal.out().println(text);
    }
}
