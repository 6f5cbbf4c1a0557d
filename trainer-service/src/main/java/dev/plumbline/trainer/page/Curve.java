package dev.plumbline.trainer.page;

import dev.plumbline.proto.trainer.v1.MetricsPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** One metric of one run over its steps. A step that was measured twice counts once, by its last value. */
record Curve(String metric, NavigableMap<Long, Double> values) {
    /** More than a screen shows. */
    private static final int MOST_VALUES = 600;

    /** Every metric of a run, by name. */
    static Map<String, Curve> of(List<MetricsPoint> points) {
        Map<String, Curve> curves = new TreeMap<>();
        for (MetricsPoint point : points) {
            point.getValuesMap()
                    .forEach((name, value) -> curves.computeIfAbsent(name, metric -> new Curve(metric, new TreeMap<>()))
                            .values()
                            .put(point.getStep(), value));
        }
        return curves;
    }

    /** Steps to draw: of a long curve every so many, and the last. */
    List<Long> steps() {
        List<Long> all = List.copyOf(values.keySet());
        int stride = 1 + (all.size() - 1) / MOST_VALUES;
        List<Long> drawn = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (i % stride == 0 || i == all.size() - 1) {
                drawn.add(all.get(i));
            }
        }
        return drawn;
    }
}
