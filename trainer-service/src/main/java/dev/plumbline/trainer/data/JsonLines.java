package dev.plumbline.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.trainer.data.source.ByteLines;
import java.nio.charset.CharacterCodingException;

/** A JSON object from each line. */
final class JsonLines {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonLines() {}

    /** The object on the line at which lines stand. */
    static ObjectNode object(ByteLines lines) throws MalformedLineException {
        if (lines.oversized()) {
            throw new MalformedLineException(
                    "has more than " + ByteLines.MOST_BYTES + " bytes; give one example a line, or split this one");
        }
        try {
            return object(lines.text());
        } catch (CharacterCodingException e) {
            throw new MalformedLineException(String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode object(String line) throws MalformedLineException {
        if (line.isBlank()) {
            throw new MalformedLineException("is empty; remove it");
        }
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (MismatchedInputException e) {
            throw new MalformedLineException("holds more than one JSON value");
        } catch (JsonProcessingException e) {
            throw new MalformedLineException("is not JSON: " + e.getOriginalMessage());
        }
        if (!(node instanceof ObjectNode object)) {
            throw new MalformedLineException("is not a JSON object but " + node.getNodeType());
        }
        return object;
    }
}
