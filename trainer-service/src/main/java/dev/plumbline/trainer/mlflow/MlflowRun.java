package dev.plumbline.trainer.mlflow;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.SpecField;
import dev.plumbline.trainer.run.MetricsJournal;
import dev.plumbline.trainer.run.RunRecord;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.SpecFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mlflow.api.proto.Service;
import org.mlflow.tracking.MlflowClient;

/**
 * One run's copy on an MLflow server. How far it has come is a tag there, sent with the figures themselves, so that a
 * later process goes on behind them. For one thread.
 */
final class MlflowRun {
    private static final String RUN_ID = "plumbline.run_id";
    private static final String SEQUENCE = "plumbline.sequence";
    /** MLflow takes 1000 things in one call, and the tag that goes with the figures is one of them. */
    private static final int MOST_METRICS = 999;

    /** As many parameters as MLflow takes in one call. */
    private static final int MOST_PARAMS = 100;
    /** Characters of a parameter that every version of MLflow takes. */
    private static final int MOST_TEXT = 500;

    private final MlflowClient client;
    private final String experiment;
    private final Runs runs;
    private final String id;
    private Optional<Target> target = Optional.empty();
    /** Read from the journal, not yet taken by the server. */
    private final List<MetricsPoint> pending = new ArrayList<>();

    private boolean complete;

    MlflowRun(MlflowClient client, String experiment, Runs runs, String id) {
        this.client = client;
        this.experiment = experiment;
        this.runs = runs;
        this.id = id;
    }

    /** The run over there, and what of the journal it lacks. */
    private record Target(String runId, MetricsJournal.Cursor cursor) {}

    /** Sends what fits a call; returns how much that was. Throws if the server does not take it; it is kept then. */
    int send() {
        Target to = target.orElseGet(this::begin);
        target = Optional.of(to);
        // Taken first: an ended run's last points are in the journal before its end is shown.
        Run run = runs.get(id);
        collect(to.cursor());
        if (!pending.isEmpty()) {
            client.logBatch(to.runId(), metrics(), List.of(), List.of(tag(SEQUENCE, String.valueOf(lastPending()))));
            int sent = pending.size();
            pending.clear();
            return sent;
        }
        if (run.hasEndedAt()) {
            client.setTerminated(to.runId(), status(run.getState()), Timestamps.toMillis(run.getEndedAt()));
            complete = true;
            return 1;
        }
        return 0;
    }

    /** Whether the server has all there is, and the run's end. */
    boolean complete() {
        return complete;
    }

    private Target begin() {
        String experimentId = client.getExperimentByName(experiment)
                .map(Service.Experiment::getExperimentId)
                .orElseGet(() -> client.createExperiment(experiment));
        String filter = "tags.`" + RUN_ID + "` = '" + id + "'";
        Optional<Service.Run> known =
                client.searchRuns(List.of(experimentId), filter, Service.ViewType.ACTIVE_ONLY, 1).getItems().stream()
                        .findFirst();
        String runId = known.map(run -> run.getInfo().getRunId()).orElseGet(() -> create(experimentId));
        long after = known.flatMap(run -> run.getData().getTagsList().stream()
                        .filter(tag -> tag.getKey().equals(SEQUENCE))
                        .map(tag -> Long.parseLong(tag.getValue()))
                        .findFirst())
                .orElse(0L);
        return new Target(runId, runs.metricsAfter(id, after));
    }

    private String create(String experimentId) {
        RunRecord record = runs.record(id);
        Run run = record.run();
        Service.CreateRun.Builder request = Service.CreateRun.newBuilder()
                .setExperimentId(experimentId)
                .setRunName(id)
                .setStartTime(Timestamps.toMillis(run.getStartedAt()))
                .addTags(tag(RUN_ID, id))
                .addTags(tag(
                        "plumbline.stage", run.getSpec().getStageCase().name().toLowerCase(Locale.ROOT)))
                .addTags(tag("plumbline.directory", record.directory().toString()));
        // The process that began it.
        record.provenance().getSessionsList().stream()
                .findFirst()
                .ifPresent(session -> request.addTags(tag("plumbline.version", session.getVersion()))
                        .addTags(tag("mlflow.source.git.commit", session.getCommit())));
        String runId = client.createRun(request.build()).getRunId();
        List<Service.Param> params = params(record);
        for (int from = 0; from < params.size(); from += MOST_PARAMS) {
            client.logBatch(
                    runId, List.of(), params.subList(from, Math.min(params.size(), from + MOST_PARAMS)), List.of());
        }
        return runId;
    }

    private static List<Service.Param> params(RunRecord record) {
        List<Service.Param> params = new ArrayList<>();
        for (SpecField field : SpecFields.of(record.given(), record.run().getSpec())) {
            String value = field.getValue();
            params.add(Service.Param.newBuilder()
                    .setKey(field.getPath())
                    .setValue(value.substring(0, Math.min(MOST_TEXT, value.length())))
                    .build());
        }
        return params;
    }

    private void collect(MetricsJournal.Cursor cursor) {
        int[] figures = {pending.stream().mapToInt(MetricsPoint::getValuesCount).sum()};
        int[] largest = {1};
        cursor.read(new MetricsJournal.PointReader() {
            @Override
            public boolean wantsMore() {
                return figures[0] + largest[0] <= MOST_METRICS;
            }

            @Override
            public void accept(MetricsPoint point) {
                pending.add(point);
                figures[0] += point.getValuesCount();
                largest[0] = Math.max(largest[0], point.getValuesCount());
            }
        });
    }

    private List<Service.Metric> metrics() {
        List<Service.Metric> metrics = new ArrayList<>();
        for (MetricsPoint point : pending) {
            point.getValuesMap()
                    .forEach((name, value) -> metrics.add(Service.Metric.newBuilder()
                            .setKey(legal(name))
                            .setValue(value)
                            .setTimestamp(Timestamps.toMillis(point.getTime()))
                            .setStep(point.getStep())
                            .build()));
        }
        return metrics;
    }

    private long lastPending() {
        return pending.get(pending.size() - 1).getSequence();
    }

    /** Reward components may have names with characters that MLflow does not take. */
    private static String legal(String name) {
        return name.replaceAll("[^A-Za-z0-9_./ -]", "_");
    }

    private static Service.RunTag tag(String key, String value) {
        return Service.RunTag.newBuilder().setKey(key).setValue(value).build();
    }

    private static Service.RunStatus status(RunState state) {
        return switch (state) {
            case RUN_STATE_SUCCEEDED -> Service.RunStatus.FINISHED;
            case RUN_STATE_FAILED -> Service.RunStatus.FAILED;
            case RUN_STATE_CANCELLED -> Service.RunStatus.KILLED;
            case RUN_STATE_PENDING, RUN_STATE_RUNNING, RUN_STATE_PAUSED -> Service.RunStatus.RUNNING;
            case RUN_STATE_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("a run without state");
        };
    }
}
