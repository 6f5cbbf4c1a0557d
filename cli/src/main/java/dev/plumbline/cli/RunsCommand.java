package dev.plumbline.cli;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsResponse;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code plumbline runs}. */
@Command(
        name = "runs",
        description = "List, show, watch and cancel runs.",
        subcommands = {
            RunsCommand.ListAll.class,
            RunsCommand.Show.class,
            RunsCommand.Watch.class,
            RunsCommand.Cancel.class
        })
final class RunsCommand extends CommandGroup {

    /** "succeeded". */
    static String state(Run run) {
        return run.getState().name().replace("RUN_STATE_", "").toLowerCase(Locale.ROOT);
    }

    /** {@code plumbline runs list}. */
    @Command(name = "list", description = "All runs, the newest first.")
    static final class ListAll implements Callable<Integer> {
        private static final int PAGE = 200;
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        ListAll(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            Table table = new Table("RUN", "STAGE", "STATE", "STEP", "MODELS");
            try (HouseClient client = house.connect()) {
                String token = "";
                do {
                    ListRunsResponse page = client.trainer()
                            .listRuns(ListRunsRequest.newBuilder()
                                    .setPageSize(PAGE)
                                    .setPageToken(token)
                                    .build());
                    for (Run run : page.getRunsList()) {
                        if (output.json) {
                            terminal.jsonLine(run);
                        } else {
                            int models = run.getModelsCount();
                            table.row(
                                    run.getRunId(),
                                    run.getSpec().getStageCase().name().toLowerCase(Locale.ROOT),
                                    state(run),
                                    run.getStep() + "/" + run.getTotalSteps(),
                                    models == 0 ? "" : run.getModels(models - 1));
                        }
                    }
                    token = page.getNextPageToken();
                } while (!token.isEmpty());
            }
            if (!output.json) {
                table.print(terminal.out());
            }
            return ExitCode.OK;
        }
    }

    /** {@code plumbline runs show}. */
    @Command(name = "show", description = "A run as it stands: its state, what it waits for, its last metrics.")
    static final class Show implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "RUN", description = "Its id.")
        private String runId = "";

        Show(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (HouseClient client = house.connect()) {
                Run run = client.trainer()
                        .getRun(GetRunRequest.newBuilder().setRunId(runId).build())
                        .getRun();
                if (output.json) {
                    terminal.json(run);
                } else {
                    show(run);
                }
            }
            return ExitCode.OK;
        }

        private void show(Run run) {
            terminal.out()
                    .println(run.getRunId() + ": " + state(run) + ", step " + run.getStep() + " of "
                            + run.getTotalSteps());
            if (run.hasReplay()) {
                Replay replay = run.getReplay();
                terminal.out()
                        .println("replays: " + replay.getRunId() + " from its checkpoint of step "
                                + replay.getCheckpointStep() + " to step " + replay.getToStep());
            }
            if (!run.getFailure().isEmpty()) {
                terminal.out().println("failed: " + run.getFailure());
            }
            if (run.hasWaiting()) {
                terminal.out().println("waits: " + run.getWaiting().getReason());
            }
            run.getNotesList().forEach(note -> terminal.out().println("note: " + note));
            run.getModelsList().forEach(model -> terminal.out().println("model: " + model));
            Table metrics = new Table("METRIC", "VALUE");
            new TreeMap<>(run.getMetricsMap()).forEach((name, value) -> metrics.row(name, RunView.number(value)));
            metrics.print(terminal.out());
        }
    }

    /** {@code plumbline runs watch}. */
    @Command(name = "watch", description = "Follow a run to its end. Ctrl-C ends the watch, not the run.")
    static final class Watch implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "RUN", description = "Its id.")
        private String runId = "";

        @Option(
                names = "--after",
                paramLabel = "SEQUENCE",
                defaultValue = "0",
                description = "Leave out metrics up to this sequence number. Default 0: all.")
        private long after;

        Watch(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (HouseClient client = house.connect()) {
                // A run that there is not is refused before anything is shown of it.
                Run run = client.trainer()
                        .getRun(GetRunRequest.newBuilder().setRunId(runId).build())
                        .getRun();
                return new RunView(terminal, output.json).show(new RunWatch(client, run.getRunId()), runId, after);
            }
        }
    }

    /** {@code plumbline runs cancel}. */
    @Command(name = "cancel", description = "End a run at the next safe point; its last checkpoint stays.")
    static final class Cancel implements Callable<Integer> {
        private final Terminal terminal;

        @Mixin
        private final OutputOptions output = new OutputOptions();

        @Mixin
        private final HouseOptions house = new HouseOptions();

        @Parameters(index = "0", paramLabel = "RUN", description = "Its id.")
        private String runId = "";

        Cancel(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public Integer call() {
            try (HouseClient client = house.connect()) {
                Run run = client.trainer()
                        .cancelRun(CancelRunRequest.newBuilder().setRunId(runId).build())
                        .getRun();
                if (output.json) {
                    terminal.json(run);
                } else {
                    terminal.out().println(run.getRunId() + ": " + state(run));
                }
            }
            return ExitCode.OK;
        }
    }
}
