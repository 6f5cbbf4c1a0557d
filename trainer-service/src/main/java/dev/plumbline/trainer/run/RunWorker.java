package dev.plumbline.trainer.run;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.FencedException;
import dev.plumbline.exchange.TopicProblemsException;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.Waiting;
import dev.plumbline.serving.error.ServiceException;
import dev.plumbline.serving.worker.Worker;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.UnkeptExamplesException;
import dev.plumbline.trainer.data.source.DataException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Works on the runs, one after the other. A run's failure ends that run; being fenced by a newer trainer ends this one. */
public final class RunWorker implements Worker {
    private static final Logger LOG = Logger.getLogger(RunWorker.class);
    private static final Duration BROKER_RETRY = Duration.ofSeconds(1);
    /** Longer, since an attempt writes much. */
    private static final Duration DISK_RETRY = Duration.ofSeconds(5);

    private final Runs runs;
    private final Stages stages;
    private final LongSupplier nanoTime;
    private @Nullable Active active;
    /** Whether other services may still hold an ended run open. */
    private boolean unsettled = true;

    /** Whether something outside of the run keeps it from going on. */
    private boolean hindered;

    private long retryAt;

    public RunWorker(Runs runs, Stages stages, LongSupplier nanoTime) {
        this.runs = runs;
        this.stages = stages;
        this.nanoTime = nanoTime;
    }

    private record Active(String id, Stage stage) {}

    @Override
    public int poll() {
        if (hindered && nanoTime.getAsLong() - retryAt < 0) {
            return 0;
        }
        try {
            if (unsettled) {
                stages.settle(runs.newestFirst());
                unsettled = false;
            }
            int done = active == null ? begin() : advance(active);
            if (hindered) {
                hindered = false;
                LOG.info("the hindrance is gone, work goes on");
            }
            return done;
        } catch (ExchangeUnavailableException | TopicProblemsException e) {
            await("the broker", BROKER_RETRY, e);
            return 0;
        } catch (UnwritableException e) {
            await("the disk", DISK_RETRY, e);
            return 0;
        }
    }

    @Override
    public void finish() {
        if (active != null) {
            active.stage().close();
            active = null;
        }
    }

    private int begin() {
        Optional<Run> next = runs.claimNext();
        if (next.isEmpty()) {
            return 0;
        }
        String id = next.get().getRunId();
        if (runs.cancelRequested(id)) {
            end(id, RunState.RUN_STATE_CANCELLED, "");
            return 1;
        }
        try {
            active = new Active(id, stages.start(new ActiveRun(runs, next.get())));
        } catch (ExchangeUnavailableException | TopicProblemsException | FencedException | UnwritableException e) {
            throw e;
        } catch (UnkeptExamplesException e) {
            throw new UnwritableException("the data as token ids", e.place(), e.bytes(), e);
        } catch (CancelledException e) {
            end(id, RunState.RUN_STATE_CANCELLED, "");
            return 1;
        } catch (RuntimeException e) {
            fail(id, e);
            return 1;
        }
        LOG.infof("run %s is at work from step %d", id, runs.get(id).getStep());
        return 1;
    }

    private int advance(Active run) {
        if (runs.cancelRequested(run.id())) {
            end(run.id(), RunState.RUN_STATE_CANCELLED, "");
            return 1;
        }
        Progress progress;
        try {
            progress = run.stage().advance();
        } catch (ExchangeUnavailableException | TopicProblemsException | FencedException | UnwritableException e) {
            throw e;
        } catch (RuntimeException e) {
            fail(run.id(), e);
            return 1;
        }
        if (progress instanceof Progress.Waits waits) {
            showWaiting(run.id(), waits.waiting());
            return 0;
        }
        if (progress instanceof Progress.Finished) {
            end(run.id(), RunState.RUN_STATE_SUCCEEDED, "");
        } else {
            showWaiting(run.id(), Waiting.getDefaultInstance());
        }
        return 1;
    }

    private void fail(String id, RuntimeException cause) {
        if (cause instanceof ServiceException || cause instanceof DataException || cause instanceof RunFailure) {
            LOG.warnf("run %s failed: %s", id, cause.getMessage());
        } else {
            LOG.errorf(cause, "run %s failed; its last checkpoint is intact", id);
        }
        end(id, RunState.RUN_STATE_FAILED, "after step " + runs.get(id).getStep() + ": " + cause.getMessage());
    }

    private void end(String id, RunState state, String failure) {
        finish();
        unsettled = true;
        runs.store(
                id,
                run -> runs.ended(run, state).toBuilder().setFailure(failure).build());
        LOG.infof("run %s ended: %s", id, state);
        try {
            DataShelf.clear(runs.files(id).data());
        } catch (UncheckedIOException e) {
            LOG.warnf("%s; they take up disk and may be removed", e.getMessage());
        }
    }

    private void await(String what, Duration retry, RuntimeException cause) {
        retryAt = nanoTime.getAsLong() + retry.toNanos();
        if (!hindered) {
            hindered = true;
            LOG.warnf("waiting for %s: %s", what, cause.getMessage());
        }
        runs.next()
                .ifPresent(run -> showWaiting(
                        run.getRunId(),
                        Waiting.newBuilder()
                                .setReason("waits for " + what + ": " + cause.getMessage())
                                .build()));
    }

    private void showWaiting(String id, Waiting waiting) {
        if (!runs.get(id).getWaiting().equals(waiting)) {
            runs.show(
                    id,
                    run -> waiting.equals(Waiting.getDefaultInstance())
                            ? run.toBuilder().clearWaiting().build()
                            : run.toBuilder().setWaiting(waiting).build());
        }
    }
}
