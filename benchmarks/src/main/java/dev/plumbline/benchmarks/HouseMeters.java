package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * What the services' Prometheus endpoints say at a moment, and what processor time the house has taken until then.
 *
 * @param values by service, then by name with labels
 */
record HouseMeters(Map<Service, Map<String, Double>> values, ProcessorTime processor) {

    static HouseMeters read(House house) {
        Map<Service, Map<String, Double>> values = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            values.put(service, read(house.plan().ports().http(service)));
        }
        return new HouseMeters(values, ProcessorTime.of(house));
    }

    private static Map<String, Double> read(int port) {
        Map<String, Double> values = new HashMap<>();
        for (String line : text(port).lines().toList()) {
            int end = line.lastIndexOf(' ');
            if (!line.startsWith("#") && end > 0) {
                values.put(line.substring(0, end), Double.parseDouble(line.substring(end + 1)));
            }
        }
        return values;
    }

    private static String text(int port) {
        try (var stream =
                URI.create("http://127.0.0.1:" + port + "/q/metrics").toURL().openStream()) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the metrics on port " + port + " cannot be read", e);
        }
    }

    /** The growth of every number. */
    HouseMeters since(HouseMeters before) {
        Map<Service, Map<String, Double>> grown = new EnumMap<>(Service.class);
        values.forEach((service, now) -> {
            Map<String, Double> then = before.values.getOrDefault(service, Map.of());
            Map<String, Double> growth = new HashMap<>();
            now.forEach((name, value) -> growth.put(name, value - then.getOrDefault(name, 0.0)));
            grown.put(service, growth);
        });
        return new HouseMeters(grown, processor.since(before.processor));
    }

    /** Sum of a service's numbers of this name, whatever their labels beyond the one given, such as {@code phase="load"}. */
    double sum(Service service, String name, String label) {
        return values.getOrDefault(service, Map.of()).entrySet().stream()
                .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + "{"))
                .filter(entry -> entry.getKey().contains(label))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    double sum(Service service, String name) {
        return sum(service, name, "");
    }
}
