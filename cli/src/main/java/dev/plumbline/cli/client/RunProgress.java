package dev.plumbline.cli.client;

import dev.plumbline.cli.progress.Progress;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Shows a run's steps and those of its metrics that tell most. */
public final class RunProgress implements RunWatch.Listener {
    /** What is shown of each stage, in this order, by its name in the metrics. */
    private static final Map<String, String> SHOWN = shown();

    private final Progress.Task task;
    private final Map<String, Double> latest = new TreeMap<>();
    private long step;
    private long total;

    /** Shows a run in a task. */
    public RunProgress(Progress.Task task) {
        this.task = task;
    }

    private static Map<String, String> shown() {
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("loss", "loss");
        shown.put("eval/loss", "held out");
        shown.put("accuracy", "accuracy");
        shown.put("eval/accuracy", "held out accuracy");
        shown.put("eval/score", "score");
        shown.put("objective/scores", "reward");
        shown.put("objective/kl", "kl");
        return shown;
    }

    @Override
    public void changed(Run run) {
        step = run.getStep();
        total = run.getTotalSteps();
        latest.putAll(run.getMetricsMap());
        show(run.hasWaiting() ? run.getWaiting().getReason() : note());
    }

    @Override
    public void measured(MetricsPoint point) {
        step = Math.max(step, point.getStep());
        latest.putAll(point.getValuesMap());
        show(note());
    }

    @Override
    public void interrupted(String reason) {
        show(reason);
    }

    private void show(String note) {
        task.at(step, total, note);
    }

    private String note() {
        return SHOWN.entrySet().stream()
                .filter(entry -> latest.containsKey(entry.getKey()))
                .map(entry -> entry.getValue() + " "
                        + String.format(Locale.ROOT, "%.3f", latest.getOrDefault(entry.getKey(), Double.NaN)))
                .collect(Collectors.joining(", "));
    }
}
