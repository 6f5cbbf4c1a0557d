package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.exchange.ModelVersion;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's API byte by byte: streams, callers that leave or dawdle, and bodies that no client would send. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class OpenAiHttpTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final String DONE = "[DONE]";

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static RunningHouse house;
    private static ModelVersion served;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        served = house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void everyEventOfAStreamIsValidUtf8AndTheyAddUpToTheWhole() throws Exception {
        int beyondAscii = 0;
        for (int seed = 0; seed < 20; seed++) {
            String body = """
                    {"model": "policy", "prompt": "ünï çødé 日本 🦊", "max_tokens": 60, "temperature": 1.5, "n": 2,
                     "ignore_eos": true, "seed": %d""".formatted(seed);
            JsonNode whole = JSON.readTree(send(COMPLETIONS, body + "}").body()).path("choices");

            List<String> texts = new ArrayList<>(List.of("", ""));
            for (String event : events(bytes(COMPLETIONS, body + ", \"stream\": true}"))) {
                if (!event.equals(DONE)) {
                    JsonNode choice = JSON.readTree(event).path("choices").path(0);
                    String text = choice.path("text").asText();
                    assertThat(new String(text.getBytes(UTF_8), UTF_8)).isEqualTo(text);
                    texts.set(
                            choice.path("index").asInt(),
                            texts.get(choice.path("index").asInt()) + text);
                }
            }

            for (int i = 0; i < 2; i++) {
                assertThat(texts.get(i))
                        .as("seed %d", seed)
                        .isEqualTo(whole.path(i).path("text").asText());
                beyondAscii += (int) texts.get(i)
                        .chars()
                        .filter(c -> c > 0x7F && c != 0xFFFD)
                        .count();
            }
        }
        assertThat(beyondAscii).as("characters of several bytes").isPositive();
    }

    @Test
    void aStreamSaysEverythingThatWasAskedFor() throws Exception {
        List<String> events = events(bytes(CHAT, """
                {"model": "policy@%d", "messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}],
                 "max_tokens": 6, "ignore_eos": true, "seed": 3, "stream": true, "logprobs": true,
                 "return_token_ids": true, "stream_options": {"include_usage": true}}""".formatted(served.version())));

        assertThat(events.get(events.size() - 1)).isEqualTo(DONE);
        JsonNode usage = JSON.readTree(events.get(events.size() - 2));
        assertThat(usage.path("choices")).isEmpty();
        assertThat(usage.path("usage").path("completion_tokens").asInt()).isEqualTo(6);
        int ids = 0;
        int logprobs = 0;
        int promptIds = 0;
        for (String event : events.subList(0, events.size() - 2)) {
            JsonNode chunk = JSON.readTree(event);
            assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
            assertThat(chunk.path("usage").isNull()).isTrue();
            ids += chunk.path("choices").path(0).path("token_ids").size();
            logprobs += chunk.path("choices")
                    .path(0)
                    .path("logprobs")
                    .path("content")
                    .size();
            promptIds += chunk.path("prompt_token_ids").size();
        }
        assertThat(ids).isEqualTo(6);
        assertThat(logprobs).isEqualTo(6);
        assertThat(promptIds)
                .isEqualTo(usage.path("usage").path("prompt_tokens").asInt());
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aCallerThatGoesAwayFreesItsSlots(HttpClient.Version version) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(house.uri(COMPLETIONS))
                .version(version)
                .POST(BodyPublishers.ofString("""
                        {"prompt": "hello", "n": 60, "max_tokens": 100, "ignore_eos": true, "stream": true}"""))
                .build();
        InputStream events = CLIENT.send(request, BodyHandlers.ofInputStream()).body();
        assertThat(events.read()).isEqualTo('d');

        events.close();

        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);
        assertThat(send(COMPLETIONS, "{\"prompt\": \"hello\", \"n\": 4, \"max_tokens\": 2}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aCallerThatWaitsForTheWholeAndGoesAwayFreesItsSlots() throws Exception {
        double cancelled = house.metric("plumbline_requests_finished_total{reason=\"CANCELLED\"}");
        try (Socket socket = connect()) {
            socket.getOutputStream().write(raw("""
                    {"prompt": "hello", "n": 100, "max_tokens": 100, "ignore_eos": true}"""));
            RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 4);
        }

        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);
        assertThat(house.metric("plumbline_requests_finished_total{reason=\"CANCELLED\"}"))
                .isEqualTo(cancelled + 1);
    }

    @Test
    void aSlowReaderHoldsUpNobodyAndMissesNothing() throws Exception {
        String body = """
                {"prompt": "hello", "n": 16, "max_tokens": 100, "ignore_eos": true, "seed": 1, "logprobs": 0,
                 "stream": true}""";
        List<String> expected = events(bytes(COMPLETIONS, body));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(raw(body));
            // Others are served while nobody reads this answer, which is generated to its end.
            RunningHouse.eventually(() -> house.metric("plumbline_policy_running") > 0);
            assertThat(send(COMPLETIONS, "{\"prompt\": \"hello\", \"max_tokens\": 2}")
                            .statusCode())
                    .isEqualTo(200);
            RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);

            String late = new String(socket.getInputStream().readAllBytes(), UTF_8);

            assertThat(tokens(late))
                    .isEqualTo(tokens(String.join("\n", expected)))
                    .isEqualTo(1600);
            assertThat(late).contains(DONE);
        }
    }

    /** Each token brings one offset with it. */
    private static int tokens(String events) throws JsonProcessingException {
        int tokens = 0;
        for (String line : events.lines().toList()) {
            String event = line.startsWith("data: ") ? line.substring(6) : line;
            if (event.startsWith("{")) {
                tokens += JSON.readTree(event)
                        .path("choices")
                        .path(0)
                        .path("logprobs")
                        .path("tokens")
                        .size();
            }
        }
        return tokens;
    }

    @Test
    void theWholeSamplingSetOfOtherServersIsRead() throws Exception {
        HttpResponse<String> response = send(COMPLETIONS, """
                {"model": "policy", "prompt": "hello", "max_tokens": 4, "top_k": -1, "top_p": 0.9, "min_p": 0.05,
                 "repetition_penalty": 1.1, "presence_penalty": 0.1, "frequency_penalty": 0.2, "seed": 9,
                 "logit_bias": {"17": -1.5}, "stop": ["zzzz"], "stop_token_ids": [3], "ignore_eos": true,
                 "min_tokens": 1, "priority": 1, "user": "u", "best_of": 1, "service_tier": "auto", "unheard_of": {}}""");

        assertThat(response.body()).startsWith("{\"id\":\"cmpl-");
        assertThat(response.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\": 5} | prompt | prompt must be a string or a list of token ids, got 5",
                "{} | prompt | a prompt is required: a string, a list of token ids, or a list of either",
                "{\"prompt\": [[], \"\", \"\", \"\", \"\", \"\", \"\", \"\", \"\"]} | prompt | prompt must have from 1 to 8 prompts in its list, got 9",
                "{\"prompt\": [1, 2.5]} | prompt[1] | prompt[1] must be a token id, got 2.5",
                "{\"prompt\": [100000]} | prompt | prompt: ids must be in [0, 424), got 100000",
                "{\"prompt\": \"a\", \"n\": \"2\"} | n | n must be an integer, got \"2\"",
                "{\"prompt\": \"a\", \"temperature\": 1e99} | temperature | temperature must be a finite number, got 1.0E99",
                "{\"prompt\": \"a\", \"stream\": 1} | stream | stream must be true or false, got 1",
                "{\"prompt\": \"a\", \"logit_bias\": {\"x\": 1}} | logit_bias | logit_bias must have token ids for keys, got \"x\"",
                "{\"prompt\": \"a\", \"stop_token_ids\": [-1]} | stop_token_ids | stop_token_ids: ids must be in [0, 424), got -1",
                "{\"prompt\": \"a\", \"max_tokens\": 0} | max_tokens | max_tokens must be >= 1, got 0",
                "{\"prompt\": \"a\", \"response_format\": {\"type\": \"json_object\"}} | response_format | response_format is not supported here: leave it out",
                "{\"prompt\": \"a\", \"stream\": true, \"prompt_logprobs\": 1} | prompt_logprobs | prompt_logprobs: log-probabilities of the prompt are not streamed: set stream to false",
            })
    void whatIsWrongIsToldWithItsParameter(String body, String parameter, String message) throws Exception {
        HttpResponse<String> response = send(COMPLETIONS, body);

        JsonNode error = JSON.readTree(response.body()).path("error");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asText()).isEqualTo(parameter);
        assertThat(error.path("message").asText()).isEqualTo(message);
    }

    @Test
    void aBodyIsReadWhateverItsContentTypeSays() throws Exception {
        HttpResponse<String> response = CLIENT.send(
                HttpRequest.newBuilder(house.uri(COMPLETIONS))
                        .header("content-type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("{\"prompt\": \"" + "a".repeat(50_000) + "\"}"))
                        .build(),
                BodyHandlers.ofString());

        assertThat(response.body()).contains("context_length_exceeded");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() throws Exception {
        JsonNode error = JSON.readTree(send(CHAT, """
                {"messages": [{"role": "function", "content": "x"}, {"role": "user", "content": [{"type": "image_url"}]}],
                 "seed": "one", "tools": [{}], "tool_choice": "required"}""").body()).path("error");

        assertThat(error.path("message").asText())
                .contains(
                        "role must be system, developer, user, assistant or tool, got \"function\"",
                        "content[0] must be of type text, got a part of type \"image_url\"",
                        "seed must be an integer of at most 64 bits",
                        "type of a tool must be \"function\"",
                        "tool_choice must be \"auto\" or \"none\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "nonsense",
                "{\"prompt\": \"a\",}",
                "{\"prompt\": \"a\"} x",
                "\"a\"",
                "{\"a\": \u0000}"
            })
    void whatIsNoJsonObjectIsRefused(String body) throws Exception {
        HttpResponse<String> response = send(COMPLETIONS, body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("\"code\":\"malformed_json\"", "the body is no JSON object: ");
    }

    @Test
    void malformedJsonIsToldWithItsPlace() throws Exception {
        assertThat(send(COMPLETIONS, "{\"prompt\":\n  oops}").body()).contains("at line 2, column ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/pause", "/resume", "/reset_prefix_cache", "/collective_rpc"})
    void weightsAreNotChangedOverHttpUnlessThatIsWanted(String path) throws Exception {
        assertThat(send(path, "{}").statusCode()).isEqualTo(404);
    }

    private static HttpResponse<String> send(String path, String body) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(house.uri(path))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static byte[] bytes(String path, String body) throws Exception {
        return CLIENT.send(
                        HttpRequest.newBuilder(house.uri(path))
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofByteArray())
                .body();
    }

    /** The data of the events, whose bytes have to be UTF-8. */
    private static List<String> events(byte[] stream) throws CharacterCodingException {
        String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(stream)).toString();
        assertThat(text).endsWith("data: [DONE]\n\n");
        return text.lines()
                .filter(line -> !line.isEmpty())
                .map(line -> {
                    assertThat(line).startsWith("data: ");
                    return line.substring(6);
                })
                .toList();
    }

    /** A connection with a small window, so that what is not read soon waits at the server. */
    private static Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new java.net.InetSocketAddress(
                InetAddress.getLoopbackAddress(), house.uri("").getPort()));
        return socket;
    }

    private static byte[] raw(String body) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(("POST " + COMPLETIONS + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + body.getBytes(UTF_8).length + "\r\n\r\n")
                .getBytes(UTF_8));
        request.write(body.getBytes(UTF_8));
        return request.toByteArray();
    }
}
