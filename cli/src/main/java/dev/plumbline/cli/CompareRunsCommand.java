package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunHistory;
import dev.plumbline.cli.client.Series;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.SpecField;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code plumbline runs compare}. */
@Command(
        name = "compare",
        description = "Runs side by side: where their specs differ, and their last and best figures. With --json the"
                + " description of each, one a line.")
final class CompareRunsCommand implements Callable<Integer> {
    private static final int MOST_RUNS = 16;

    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HouseOptions house = new HouseOptions();

    @Mixin
    private final CurvesPage page = new CurvesPage();

    @Parameters(arity = "2..*", paramLabel = "RUN", description = "Ids of 2 to 16 runs.")
    private List<String> runIds = List.of();

    CompareRunsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (runIds.size() > MOST_RUNS) {
            throw new CommandException(
                    ExitCode.USAGE, "at most " + MOST_RUNS + " runs can be compared, got " + runIds.size());
        }
        try (HouseClient client = house.connect()) {
            List<RunHistory> runs =
                    runIds.stream().map(id -> RunHistory.of(client, id)).toList();
            if (output.json) {
                runs.forEach(run -> terminal.jsonLine(run.description()));
            } else {
                compare(runs);
            }
            page.write(client, runIds, terminal);
        }
        return ExitCode.OK;
    }

    private void compare(List<RunHistory> runs) {
        Table names = new Table("", "RUN", "STATE", "STEP");
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i).run();
            names.row(letter(i), run.getRunId(), RunsCommand.state(run), run.getStep() + "/" + run.getTotalSteps());
        }
        names.print(terminal.out());
        terminal.out().println();
        specs(runs);
        terminal.out().println();
        figures(runs);
    }

    /** Values that are not the same in all of them. */
    private void specs(List<RunHistory> runs) {
        Table table = new Table(header("SPEC", runs.size(), ""));
        TreeSet<String> paths = new TreeSet<>();
        runs.forEach(run -> paths.addAll(run.fields().keySet()));
        for (String path : paths) {
            List<String> values = runs.stream()
                    .map(run -> run.fields()
                            .getOrDefault(path, SpecField.getDefaultInstance())
                            .getValue())
                    .toList();
            if (values.stream().distinct().count() > 1) {
                table.row(row(path, values));
            }
        }
        table.print(terminal.out());
    }

    private void figures(List<RunHistory> runs) {
        Table table = new Table(header("METRIC", runs.size(), " LAST", " BEST"));
        TreeSet<String> metrics = new TreeSet<>();
        runs.forEach(run -> metrics.addAll(run.series().keySet()));
        for (String metric : metrics) {
            List<String> cells = new ArrayList<>();
            for (RunHistory run : runs) {
                Optional<Series> series = Optional.ofNullable(run.series().get(metric));
                cells.add(series.map(values -> Series.number(values.last())).orElse(""));
                cells.add(series.map(CompareRunsCommand::best).orElse(""));
            }
            table.row(row(metric, cells));
        }
        table.print(terminal.out());
    }

    private static String best(Series series) {
        return series.best().isPresent() ? Series.number(series.best().getAsDouble()) : "";
    }

    private static String[] header(String first, int runs, String... columns) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
            for (String column : columns) {
                cells.add(letter(i) + column);
            }
        }
        return row(first, cells);
    }

    private static String[] row(String first, List<String> rest) {
        List<String> cells = new ArrayList<>(List.of(first));
        cells.addAll(rest);
        return cells.toArray(String[]::new);
    }

    /** Run ids are too long for a column's head. */
    private static String letter(int run) {
        return String.valueOf((char) ('A' + run));
    }
}
