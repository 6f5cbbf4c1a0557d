package dev.plumbline.cli.client;

import dev.plumbline.proto.trainer.v1.DescribeRunRequest;
import dev.plumbline.proto.trainer.v1.DescribeRunResponse;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.SpecField;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.Context;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A run with everything that it has measured so far, as its trainer tells it over the wire. */
public record RunHistory(DescribeRunResponse description, List<MetricsPoint> points) {
    public RunHistory {
        points = List.copyOf(points);
    }

    /** Asks a house's trainer. */
    public static RunHistory of(HouseClient client, String runId) {
        DescribeRunResponse description = client.trainer()
                .describeRun(DescribeRunRequest.newBuilder().setRunId(runId).build());
        return new RunHistory(description, measured(client, runId));
    }

    /** The run as it stands. */
    public Run run() {
        return description.getRun();
    }

    /** Each metric over the steps, by name. */
    public NavigableMap<String, Series> series() {
        NavigableMap<String, Series> series = new TreeMap<>();
        for (MetricsPoint point : points) {
            point.getValuesMap()
                    .forEach(
                            (name, value) -> series.computeIfAbsent(name, metric -> new Series(metric, new TreeMap<>()))
                                    .values()
                                    .put(point.getStep(), value));
        }
        return series;
    }

    /** The spec's values by their paths, in the order of its fields. */
    public Map<String, SpecField> fields() {
        Map<String, SpecField> fields = new LinkedHashMap<>();
        description.getFieldsList().forEach(field -> fields.put(field.getPath(), field));
        return fields;
    }

    /** A watch begins with all there is, and tells the run's state when that has come. */
    private static List<MetricsPoint> measured(HouseClient client, String runId) {
        List<MetricsPoint> points = new ArrayList<>();
        Context.CancellableContext call = Context.current().withCancellation();
        Context before = call.attach();
        try {
            Iterator<WatchRunResponse> events = client.trainer()
                    .watchRun(WatchRunRequest.newBuilder().setRunId(runId).build());
            while (events.hasNext()) {
                WatchRunResponse event = events.next();
                if (event.hasRun()) {
                    break;
                }
                points.add(event.getMetrics());
            }
        } finally {
            call.detach(before);
            call.close();
        }
        return points;
    }
}
