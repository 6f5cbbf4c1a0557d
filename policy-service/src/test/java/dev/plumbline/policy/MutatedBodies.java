package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Bodies that were right before something happened to them. */
final class MutatedBodies {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> RIGHT = List.of("""
            {"model": "policy", "prompt": ["hello", [1, 2, 3]], "max_tokens": 2, "n": 2, "logprobs": 1, "echo": true,
             "stop": ["x"], "seed": 3, "logit_bias": {"5": 1.5}, "stop_token_ids": [7], "ignore_eos": true}""", """
            {"model": "policy", "messages": [{"role": "developer", "content": "be brief"},
             {"role": "user", "content": [{"type": "text", "text": "hello"}]}], "max_completion_tokens": 2,
             "stream": true, "stream_options": {"include_usage": true}, "logprobs": true, "top_logprobs": 2,
             "temperature": 0.5, "top_p": 0.9, "return_token_ids": true}""");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "0",
            "1e300",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\ud800\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"a\": [1]}",
            "\"\\u0000\"",
            "0.5");

    private final Random random;

    MutatedBodies(Random random) {
        this.random = random;
    }

    byte[] next() throws JsonProcessingException {
        String right = RIGHT.get(random.nextInt(RIGHT.size()));
        return switch (random.nextInt(4)) {
            case 0 -> flipped(right.getBytes(UTF_8));
            case 1 -> right.substring(0, random.nextInt(right.length())).getBytes(UTF_8);
            case 2 -> "[".repeat(random.nextInt(3000)).getBytes(UTF_8);
            default -> replaced(right).getBytes(UTF_8);
        };
    }

    private byte[] flipped(byte[] bytes) {
        for (int i = 0; i <= random.nextInt(4); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private String replaced(String right) throws JsonProcessingException {
        ObjectNode object = (ObjectNode) JSON.readTree(right);
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        JsonNode value = JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
        object.set(names.get(random.nextInt(names.size())), value);
        return JSON.writeValueAsString(object);
    }
}
