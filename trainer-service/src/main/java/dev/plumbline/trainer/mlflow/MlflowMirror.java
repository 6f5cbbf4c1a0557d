package dev.plumbline.trainer.mlflow;

import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.serving.worker.Worker;
import dev.plumbline.trainer.run.RunObserver;
import dev.plumbline.trainer.run.Runs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;

/**
 * Copies the runs of this process to an MLflow server, in a thread of its own: it reads their journals at the server's
 * pace, so that one that is slow or away holds nothing up and misses nothing.
 */
public final class MlflowMirror implements Worker, RunObserver {
    private static final Logger LOG = Logger.getLogger(MlflowMirror.class);
    private static final Duration RETRY = Duration.ofSeconds(10);

    private final MlflowServer server;
    private final Runs runs;
    private final LongSupplier nanoTime;
    private final MlflowClient client;
    /** By run id; those whose end has arrived are no longer in it. */
    private final Map<String, MlflowRun> open = new ConcurrentHashMap<>();

    private boolean away;
    private long retryAt;

    public MlflowMirror(MlflowServer server, Runs runs, LongSupplier nanoTime) {
        this.server = server;
        this.runs = runs;
        this.nanoTime = nanoTime;
        this.client = new MlflowClient(server.trackingUri());
    }

    @Override
    public void resumed(Run run, Path directory, long step, List<MetricsPoint> kept) {
        open.computeIfAbsent(run.getRunId(), id -> new MlflowRun(client, server.experiment(), runs, id));
    }

    /** The journal has it, and is read in time. */
    @Override
    public void measured(Run run, MetricsPoint point) {}

    /** The run's state has it. */
    @Override
    public void ended(Run run) {}

    @Override
    public int poll() {
        if (away && nanoTime.getAsLong() - retryAt < 0) {
            return 0;
        }
        int sent = 0;
        for (Map.Entry<String, MlflowRun> entry : open.entrySet()) {
            try {
                sent += entry.getValue().send();
            } catch (MlflowClientException e) {
                postpone(entry.getKey(), e);
                return 0;
            }
        }
        open.values().removeIf(MlflowRun::complete);
        if (away && sent > 0) {
            away = false;
            LOG.infof("MLflow at %s is back", server.trackingUri());
        }
        return sent;
    }

    private void postpone(String run, MlflowClientException cause) {
        retryAt = nanoTime.getAsLong() + RETRY.toNanos();
        if (!away) {
            away = true;
            LOG.warnf(
                    "run %s is not copied to MLflow at %s for now, and tried again every %d s: %s",
                    run, server.trackingUri(), RETRY.toSeconds(), cause.getMessage());
        }
    }

    @Override
    public void finish() {
        client.close();
    }
}
