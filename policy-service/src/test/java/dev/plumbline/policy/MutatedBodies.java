package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.fuzz.MutatedBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Bodies that were right before something happened to them. */
final class MutatedBodies {
    static final String COMPLETION = """
            {"model": "policy", "prompt": ["hello", [1, 2, 3]], "max_tokens": 2, "n": 2, "logprobs": 1, "echo": true,
             "stop": ["x"], "seed": 3, "logit_bias": {"5": 1.5}, "stop_token_ids": [7], "ignore_eos": true,
             "top_k": 5, "min_p": 0.1, "repetition_penalty": 1.1, "min_tokens": 1, "prompt_logprobs": 1, "priority": 1,
             "allowed_token_ids": [5, 6, 7]}""";
    static final String CHAT = """
            {"model": "policy", "messages": [{"role": "developer", "content": "be brief"},
             {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function",
               "function": {"name": "look", "arguments": "{\\"at\\": 1}"}}]},
             {"role": "tool", "tool_call_id": "1", "content": "seen"},
             {"role": "user", "content": [{"type": "text", "text": "hello"}]}], "max_completion_tokens": 2,
             "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}],
             "tool_choice": "none", "stream": true, "stream_options": {"include_usage": true}, "logprobs": true,
             "top_logprobs": 2, "temperature": 0.5, "top_p": 0.9, "return_token_ids": true,
             "frequency_penalty": 0.5, "presence_penalty": -0.5}""";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "0.5",
            "2147483648",
            "9223372036854775808",
            "1e300",
            "-1e9999999",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\ud800\"",
            "\"\\u0000\"",
            "\"" + "long ".repeat(2000) + "\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"\": [1]}",
            "[".repeat(900) + "]".repeat(900),
            "{\"a\":".repeat(900) + "1" + "}".repeat(900),
            "[" + "7,".repeat(5000) + "7]");

    private final Random random;

    MutatedBodies(Random random) {
        this.random = random;
    }

    /** Has this version served, as if new weights had come. */
    static String reload(ModelVersion version) {
        return """
            {"method": "reload_weights", "kwargs": {"weights_path": "/store/%s/%d"}}""".formatted(version.name(), version.version());
    }

    byte[] next(String right) throws JsonProcessingException {
        return switch (random.nextInt(8)) {
            case 0, 1 -> MutatedBytes.of(right.getBytes(UTF_8), random);
            case 2 -> "[{\"a\":".repeat(random.nextInt(3000)).getBytes(UTF_8);
            case 3 -> right.getBytes(UTF_8);
            default -> replaced(right).getBytes(UTF_8);
        };
    }

    /** With another value in one place, however deep. */
    private String replaced(String right) throws JsonProcessingException {
        JsonNode tree = JSON.readTree(right);
        List<Consumer<JsonNode>> places = new ArrayList<>();
        collect(tree, places);
        places.get(random.nextInt(places.size())).accept(JSON.readTree(VALUES.get(random.nextInt(VALUES.size()))));
        return JSON.writeValueAsString(tree);
    }

    private static void collect(JsonNode tree, List<Consumer<JsonNode>> places) {
        if (tree instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(name -> places.add(value -> object.set(name, value)));
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                int at = i;
                places.add(value -> array.set(at, value));
            }
        }
        tree.forEach(child -> collect(child, places));
    }
}
