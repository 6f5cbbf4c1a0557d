package dev.plumbline.trainer.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** As much of MLflow's REST interface as a copy of a run needs, over HTTP, remembering what it was sent. */
final class RecordingServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final Map<String, String> tags = new LinkedHashMap<>();
    private final Map<String, String> params = new LinkedHashMap<>();
    private final List<String> metrics = new ArrayList<>();
    private final List<Integer> batches = new ArrayList<>();
    private int experiments;
    private int runs;
    private String status = "";
    /** What is answered instead, while it is not 0. */
    private volatile int failure;

    /** @param port 0 for any that is free */
    RecordingServer(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    void failWith(int httpStatus) {
        failure = httpStatus;
    }

    synchronized Map<String, String> tags() {
        return Map.copyOf(tags);
    }

    synchronized Map<String, String> params() {
        return Map.copyOf(params);
    }

    /** "name value at step", in the order of arrival. */
    synchronized List<String> metrics() {
        return List.copyOf(metrics);
    }

    /** How many figures each call brought. */
    synchronized List<Integer> batches() {
        return List.copyOf(batches);
    }

    synchronized int runs() {
        return runs;
    }

    synchronized String status() {
        return status;
    }

    private void answer(HttpExchange call) throws IOException {
        JsonNode request = JSON.readTree(call.getRequestBody());
        String path = call.getRequestURI().getPath().replace("/api/2.0/mlflow/", "");
        ObjectNode answer = JSON.createObjectNode();
        int code = failure != 0 ? failure : handle(path, request, answer);
        if (code != 200 && answer.isEmpty()) {
            answer.put("error_code", "INTERNAL_ERROR").put("message", "told to fail");
        }
        byte[] bytes = JSON.writeValueAsBytes(answer);
        call.getResponseHeaders().add("Content-Type", "application/json");
        call.sendResponseHeaders(code, bytes.length);
        call.getResponseBody().write(bytes);
        call.close();
    }

    private synchronized int handle(String path, JsonNode request, ObjectNode answer) {
        switch (path) {
            case "experiments/get-by-name" -> {
                if (experiments == 0) {
                    answer.put("error_code", "RESOURCE_DOES_NOT_EXIST").put("message", "no such experiment");
                    return 404;
                }
                answer.putObject("experiment").put("experiment_id", "7");
            }
            case "experiments/create" -> {
                experiments++;
                answer.put("experiment_id", "7");
            }
            case "runs/search" -> {
                if (runs > 0) {
                    run(answer.putArray("runs").addObject());
                }
            }
            case "runs/create" -> {
                runs++;
                status = "RUNNING";
                request.path("tags").forEach(tag -> tags.put(text(tag, "key"), text(tag, "value")));
                run(answer.putObject("run"));
            }
            case "runs/log-batch" -> {
                request.path("params").forEach(param -> params.put(text(param, "key"), text(param, "value")));
                request.path("tags").forEach(tag -> tags.put(text(tag, "key"), text(tag, "value")));
                request.path("metrics")
                        .forEach(metric -> metrics.add(
                                text(metric, "key") + " " + text(metric, "value") + " at " + text(metric, "step")));
                batches.add(request.path("metrics").size());
            }
            case "runs/update" -> status = text(request, "status");
            default -> throw new IllegalStateException("nobody expects " + path);
        }
        return 200;
    }

    private void run(ObjectNode run) {
        run.putObject("info").put("run_id", "r1").put("run_uuid", "r1").put("experiment_id", "7");
        ArrayNode all = run.putObject("data").putArray("tags");
        tags.forEach((key, value) -> all.addObject().put("key", key).put("value", value));
    }

    private static String text(JsonNode of, String field) {
        return of.path(field).asText();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
