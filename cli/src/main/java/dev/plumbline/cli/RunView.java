package dev.plumbline.cli;

import dev.plumbline.cli.client.RunProgress;
import dev.plumbline.cli.client.RunWatch;
import dev.plumbline.cli.client.Series;
import dev.plumbline.cli.progress.Progress;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import java.util.TreeMap;

/** Shows a run until it ends: a bar, or its events as lines of JSON. */
final class RunView {
    private final Terminal terminal;
    private final boolean json;

    RunView(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    int show(RunWatch watch, String runId) {
        return show(watch, runId, 0);
    }

    int show(RunWatch watch, String runId, long after) {
        Thread farewell = new Thread(
                () -> terminal.err().println("\nThe run goes on. Watch it again with: plumbline runs watch " + runId));
        Runtime.getRuntime().addShutdownHook(farewell);
        Run last;
        try {
            last = json ? watch.follow(after, new JsonLines(terminal)) : withBar(watch, runId, after);
        } finally {
            Runtime.getRuntime().removeShutdownHook(farewell);
        }
        if (!json) {
            summarise(last);
        }
        return last.getState() == RunState.RUN_STATE_SUCCEEDED ? ExitCode.OK : ExitCode.FAILED;
    }

    private Run withBar(RunWatch watch, String runId, long after) {
        terminal.err().println("run " + runId + " (Ctrl-C leaves it running)");
        try (Progress.Task task = progress(terminal).begin(runId, 0)) {
            return watch.follow(after, new RunProgress(task));
        }
    }

    static Progress progress(Terminal terminal) {
        return terminal.interactive() ? Progress.bar(terminal.err()) : Progress.lines(terminal.err());
    }

    private void summarise(Run run) {
        terminal.out()
                .println(run.getRunId() + " " + RunsCommand.state(run) + " after step " + run.getStep() + " of "
                        + run.getTotalSteps());
        if (!run.getFailure().isEmpty()) {
            terminal.err().println("plumbline: " + run.getFailure());
        }
        run.getNotesList().forEach(note -> terminal.out().println("note: " + note));
        if (run.getModelsCount() > 0) {
            terminal.out().println("model: " + run.getModels(run.getModelsCount() - 1));
        }
        new TreeMap<>(run.getMetricsMap())
                .forEach((name, value) -> terminal.out().println("  " + name + " = " + Series.number(value)));
    }

    /** Events as they come over the wire. */
    private record JsonLines(Terminal terminal) implements RunWatch.Listener {
        @Override
        public void changed(Run run) {
            terminal.jsonLine(WatchRunResponse.newBuilder().setRun(run));
        }

        @Override
        public void measured(MetricsPoint point) {
            terminal.jsonLine(WatchRunResponse.newBuilder().setMetrics(point));
        }

        @Override
        public void interrupted(String reason) {
            terminal.err().println(reason);
        }
    }
}
