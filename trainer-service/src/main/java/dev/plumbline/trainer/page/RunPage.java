package dev.plumbline.trainer.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.SpecField;
import dev.plumbline.trainer.run.RunRecord;
import dev.plumbline.trainer.run.Runs;
import dev.plumbline.trainer.spec.SpecFields;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Runs side by side on one page that needs nothing else: their specs where they differ from the defaults, their last figures, and
 * each metric's curves in the same axes, by uPlot, which is inlined. Of a single run also the newest samples.
 */
public final class RunPage {
    /** More would not be told apart. */
    public static final int MOST_RUNS = 16;

    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final int MOST_SAMPLES = 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Shown> shown = new ArrayList<>();
    private final List<EvaluationSample> samples;

    private RunPage(Runs runs, List<String> ids) {
        for (String id : ids) {
            RunRecord record = runs.record(id);
            Map<String, SpecField> fields = new LinkedHashMap<>();
            SpecFields.of(record.given(), record.run().getSpec()).forEach(field -> fields.put(field.getPath(), field));
            shown.add(new Shown(record.run(), fields, Curve.of(runs.metrics(id))));
        }
        List<Long> steps = runs.record(ids.get(0)).sampledSteps();
        this.samples =
                ids.size() > 1 || steps.isEmpty() ? List.of() : runs.samples(ids.get(0), steps.get(steps.size() - 1));
    }

    private record Shown(Run run, Map<String, SpecField> fields, Map<String, Curve> curves) {}

    /** The page of these runs, at least one; throws if one of them is not there. */
    public static String of(Runs runs, List<String> ids) {
        return new RunPage(runs, ids).html();
    }

    private String html() {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("title", Html.text(shown.size() == 1 ? shown.get(0).run().getRunId() : shown.size() + " runs"));
        parts.put("runs", runs());
        parts.put("spec", spec());
        parts.put("figures", figures());
        parts.put("samples", samples());
        // Last: what is in a script cannot be taken for a placeholder.
        parts.put("uplot.css", resource(UPLOT + "uPlot.min.css"));
        parts.put("data", data());
        parts.put("uplot.js", resource(UPLOT + "uPlot.iife.min.js"));
        String page = resource("/dev/plumbline/trainer/page/runs.html");
        for (Map.Entry<String, String> part : parts.entrySet()) {
            page = page.replace("{{" + part.getKey() + "}}", part.getValue());
        }
        return page;
    }

    private String runs() {
        Html.Table table = new Html.Table(List.of("Run", "State", "Step", "Models"));
        for (Shown each : shown) {
            Run run = each.run();
            String state = run.getState().name().replace("RUN_STATE_", "").toLowerCase(Locale.ROOT);
            table.row(List.of(
                    run.getRunId(),
                    run.getFailure().isEmpty() ? state : state + " " + run.getFailure(),
                    run.getStep() + " of " + run.getTotalSteps(),
                    String.join(", ", run.getModelsList())));
        }
        return table.html();
    }

    /** Of one run what was set, and of several where they differ. */
    private String spec() {
        List<String> header = new ArrayList<>(List.of("Field", "Default"));
        shown.forEach(each -> header.add(each.run().getRunId()));
        Html.Table table = new Html.Table(header);
        TreeSet<String> paths = new TreeSet<>();
        shown.forEach(each -> paths.addAll(each.fields().keySet()));
        for (String path : paths) {
            List<SpecField> fields = shown.stream()
                    .map(each -> each.fields().getOrDefault(path, SpecField.getDefaultInstance()))
                    .toList();
            if (tells(fields)) {
                List<String> row = new ArrayList<>(List.of(path, fields.get(0).getDefaultValue()));
                fields.forEach(field -> row.add(field.getValue()));
                table.row(row);
            }
        }
        return table.html();
    }

    private static boolean tells(List<SpecField> fields) {
        SpecField first = fields.get(0);
        return fields.size() == 1
                ? first.getGiven() && !first.getValue().equals(first.getDefaultValue())
                : fields.stream().anyMatch(field -> !field.getValue().equals(first.getValue()));
    }

    private String figures() {
        List<String> header = new ArrayList<>(List.of("Metric"));
        shown.forEach(each -> header.add(each.run().getRunId()));
        Html.Table table = new Html.Table(header);
        for (String metric : metrics()) {
            List<String> row = new ArrayList<>(List.of(metric));
            for (Shown each : shown) {
                Curve curve = each.curves().get(metric);
                row.add(
                        curve == null
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        "%.5g",
                                        curve.values().lastEntry().getValue()));
            }
            table.row(row);
        }
        return table.html();
    }

    private String samples() {
        if (samples.isEmpty()) {
            return "";
        }
        return "<h2>Samples after step " + samples.get(0).getStep() + "</h2>\n"
                + SampleTable.html(samples.subList(0, Math.min(MOST_SAMPLES, samples.size())));
    }

    private SortedSet<String> metrics() {
        SortedSet<String> metrics = new TreeSet<>();
        shown.forEach(each -> metrics.addAll(each.curves().keySet()));
        return metrics;
    }

    /** Curves of each metric that is measured more than once. */
    private String data() {
        ObjectNode data = JSON.createObjectNode();
        ArrayNode names = data.putArray("runs");
        shown.forEach(each -> names.add(each.run().getRunId()));
        ArrayNode charts = data.putArray("charts");
        for (String metric : metrics()) {
            List<Curve> curves = shown.stream()
                    .map(each -> each.curves().get(metric))
                    .map(curve -> Objects.requireNonNullElseGet(curve, () -> new Curve(metric, new TreeMap<>())))
                    .toList();
            if (curves.stream().anyMatch(curve -> curve.values().size() > 1)) {
                ObjectNode chart = charts.addObject().put("metric", metric);
                ArrayNode drawn = chart.putArray("curves");
                curves.forEach(curve -> draw(curve, drawn.addArray()));
            }
        }
        // In a string of a script this is the same, and it cannot end the script.
        return data.toString().replace("<", "\\u003c");
    }

    private static void draw(Curve curve, ArrayNode axes) {
        ArrayNode steps = axes.addArray();
        ArrayNode values = axes.addArray();
        for (long step : curve.steps()) {
            double value = curve.values().getOrDefault(step, Double.NaN);
            steps.add(step);
            if (Double.isFinite(value)) {
                values.add(value);
            } else {
                values.addNull();
            }
        }
    }

    private static String resource(String name) {
        try (InputStream in = RunPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the class path lacks " + name + "; build trainer-service again");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " of the class path cannot be read", e);
        }
    }
}
