package dev.plumbline.cli.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where everything listens, on the loopback address.
 *
 * @param kafka the broker
 * @param grpc calls, by service
 * @param http health and metrics, by service
 * @param control orders to policy-service
 */
public record Ports(int kafka, Map<Service, Integer> grpc, Map<Service, Integer> http, int control) {
    /** The broker's port unless told otherwise. */
    public static final int USUAL_KAFKA = 9092;

    /** The port for orders to policy-service unless told otherwise. */
    public static final int USUAL_CONTROL = 9111;

    public Ports {
        grpc = Map.copyOf(grpc);
        http = Map.copyOf(http);
        for (Service service : Service.values()) {
            if (!grpc.containsKey(service) || !http.containsKey(service)) {
                throw new IllegalArgumentException("a grpc and an http port are needed for " + service.title());
            }
        }
        requireDistinct(named(kafka, grpc, http, control));
    }

    /** Free ones. */
    public static Ports free() {
        List<ServerSocket> held = new ArrayList<>();
        try {
            // All are held until the last one is found, so that they differ.
            for (int i = 0; i < 2 + 2 * Service.values().length; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            Map<Service, Integer> grpc = new EnumMap<>(Service.class);
            Map<Service, Integer> http = new EnumMap<>(Service.class);
            Iterator<ServerSocket> next = held.iterator();
            int kafka = next.next().getLocalPort();
            int control = next.next().getLocalPort();
            for (Service service : Service.values()) {
                grpc.put(service, next.next().getLocalPort());
                http.put(service, next.next().getLocalPort());
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
            return new Ports(kafka, grpc, http, control);
        } catch (IOException e) {
            throw new UncheckedIOException("no free ports on the loopback address", e);
        }
    }

    /** Where a service answers calls. */
    public int grpc(Service service) {
        return of(grpc, service);
    }

    /** Where a service's health and metrics are. */
    public int http(Service service) {
        return of(http, service);
    }

    /** Fails with every port that something else listens on. */
    public void requireFree() {
        List<String> busy = new ArrayList<>();
        named(kafka, grpc, http, control).forEach((name, port) -> check(name, port, busy));
        if (!busy.isEmpty()) {
            throw new LaunchException("busy: " + String.join(", ", busy)
                    + "; end what listens there, or choose other ports (--free-ports, --NAME-port)");
        }
    }

    /** By the name of its option. */
    private static Map<String, Integer> named(
            int kafka, Map<Service, Integer> grpc, Map<Service, Integer> http, int control) {
        Map<String, Integer> named = new LinkedHashMap<>();
        named.put("kafka", kafka);
        for (Service service : Service.values()) {
            named.put(service.key(), of(grpc, service));
            named.put(service.key() + "-http", of(http, service));
        }
        named.put("policy-control", control);
        return named;
    }

    private static void requireDistinct(Map<String, Integer> named) {
        List<String> problems = new ArrayList<>();
        Map<Integer, String> owners = new HashMap<>();
        named.forEach((name, port) -> {
            if (port < 1 || port > 65_535) {
                problems.add("--" + name + "-port must be in [1, 65535], got " + port);
            }
            String other = owners.putIfAbsent(port, name);
            if (other != null) {
                problems.add("--" + name + "-port must differ from --" + other + "-port, got " + port);
            }
        });
        if (!problems.isEmpty()) {
            throw new LaunchException(String.join("; ", problems));
        }
    }

    private static void check(String name, int port, List<String> busy) {
        try (ServerSocket socket = new ServerSocket()) {
            // A port whose last owner has just gone counts as free, as it does for the servers.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
        } catch (IOException e) {
            busy.add(name + " port " + port);
        }
    }

    private static int of(Map<Service, Integer> ports, Service service) {
        Integer port = ports.get(service);
        if (port == null) {
            throw new IllegalArgumentException("no port for " + service.title());
        }
        return port;
    }
}
