package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.benchmarks.SoakCount.End;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;

/**
 * Completions over OpenAI's API: whole ones and streams, streams that are left, and what is wrong.
 *
 * @param completions where they are asked for
 */
record SoakHttpCalls(HttpClient client, URI completions, SoakRequests requests, SoakCount count) implements SoakCalls {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public End next() {
        try {
            return switch (requests.any(6)) {
                case 0, 1 -> whole(requests.request());
                case 2, 3 -> stream(Integer.MAX_VALUE);
                case 4 -> stream(requests.any(20));
                default -> whole(requests.wrongRequest());
            };
        } catch (IOException e) {
            throw new UncheckedIOException(completions + " did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return End.CANCELLED;
        }
    }

    private End whole(GenerateRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(post(body(request)), BodyHandlers.ofByteArray());
        End end = SoakCount.of(response.statusCode());
        if (end == End.ANSWERED) {
            count.tokens(JSON.readTree(response.body())
                    .required("usage")
                    .required("completion_tokens")
                    .intValue());
        }
        return end;
    }

    /** @param most lines that are read, after which the caller leaves */
    private End stream(int most) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                client.send(post(body(requests.request()).put("stream", true)), BodyHandlers.ofInputStream());
        End end = SoakCount.of(response.statusCode());
        boolean left = false;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (int read = 0; lines.readLine() != null && !left; read++) {
                left = read == most;
            }
        }
        return end == End.ANSWERED && left ? End.CANCELLED : end;
    }

    private HttpRequest post(ObjectNode body) {
        return HttpRequest.newBuilder(completions)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    private static ObjectNode body(GenerateRequest request) {
        ObjectNode body = JSON.createObjectNode()
                .put("model", "policy")
                .put("n", request.getSampling().getNumSamples())
                .put("seed", request.getSampling().getSeed())
                .put("priority", request.getPriority())
                .put("max_tokens", request.getStopping().getMaxTokens())
                .put("ignore_eos", true);
        request.getTokenIds().getIdsList().forEach(body.withArray("prompt")::add);
        return body;
    }
}
