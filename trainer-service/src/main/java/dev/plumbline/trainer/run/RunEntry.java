package dev.plumbline.trainer.run;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import org.jspecify.annotations.Nullable;

/** A run in memory; guarded by the lock of {@link Runs}. */
final class RunEntry {
    private final RunFiles files;
    private final CreateRunRequest request;
    private final MetricsJournal journal;
    /** Opened when it is first asked for. */
    private @Nullable SampleJournal samples;

    private Run run;
    /** Grows with every change. */
    private long revision;

    private boolean cancelRequested;

    RunEntry(RunFiles files, CreateRunRequest request, Run run) {
        this.files = files;
        this.request = request;
        this.journal = new MetricsJournal(files.metrics());
        this.cancelRequested = files.cancelRequested();
        this.run = run;
        if (!ended()) {
            Run.Builder withMetrics = run.toBuilder().clearMetrics();
            journal.forEach(point -> withMetrics.putAllMetrics(point.getValuesMap()));
            this.run = withMetrics.build();
        }
    }

    String id() {
        return run.getRunId();
    }

    RunFiles files() {
        return files;
    }

    CreateRunRequest request() {
        return request;
    }

    MetricsJournal journal() {
        return journal;
    }

    SampleJournal samples() {
        SampleJournal opened = samples;
        if (opened == null) {
            opened = new SampleJournal(files.samples());
            samples = opened;
        }
        return opened;
    }

    Run run() {
        return run;
    }

    long revision() {
        return revision;
    }

    boolean cancelRequested() {
        return cancelRequested;
    }

    void requestCancel() {
        files.requestCancel();
        cancelRequested = true;
    }

    /** Changes what is shown; on disk it is as before, to be found again by the run's own means. */
    void show(Run changed) {
        run = changed;
        revision++;
    }

    /** Changes what is shown after it is on disk. */
    void store(Run changed) {
        files.writeRun(changed.toBuilder().clearWaiting().build());
        show(changed);
    }

    boolean ended() {
        return hasEnded(run.getState());
    }

    static boolean hasEnded(RunState state) {
        return switch (state) {
            case RUN_STATE_SUCCEEDED, RUN_STATE_FAILED, RUN_STATE_CANCELLED -> true;
            case RUN_STATE_PENDING, RUN_STATE_RUNNING, RUN_STATE_PAUSED -> false;
            case RUN_STATE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("a run without state");
        };
    }
}
