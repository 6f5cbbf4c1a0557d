package dev.plumbline.policy.openai;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.serving.error.CallerFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Between bytes and trees. */
final class Json {
    /** The field of errors that concern the whole body. */
    static final String BODY = "body";

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** The one object that a body holds. */
    static ObjectNode object(byte[] body) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw malformed(place(e.getLocation()) + e.getOriginalMessage());
        } catch (IOException e) {
            throw malformed("it is not UTF-8: " + e.getMessage());
        }
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw malformed("it must be an object, got " + (tree.isMissingNode() ? "nothing" : tree.getNodeType()));
    }

    /** Whether a text is one object. */
    static boolean isObject(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** None for what is too deep or too long as a whole. */
    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : "at line " + location.getLineNr() + ", column " + location.getColumnNr() + ": ";
    }

    private static CallerFault malformed(String problem) {
        return CallerFault.invalid("MALFORMED_JSON", BODY, "the body is no JSON object: " + problem);
    }

    static ObjectNode newObject() {
        return JsonNodeFactory.instance.objectNode();
    }

    static String text(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
