package dev.plumbline.policy.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.plumbline.lm.text.ToolCall;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Calls as models write them: an object with a name and arguments, or a list of such objects. */
final class CallJson {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final ToolOffer offer;
    private final Supplier<String> ids;

    /** @param ids gives each call one of its own */
    CallJson(ToolOffer offer, Supplier<String> ids) {
        this.offer = offer;
        this.ids = ids;
    }

    /** One past the end of the object or list that begins at {@code from}; -1 if its end is not there yet. */
    static int end(CharSequence text, int from) {
        int depth = 0;
        boolean quoted = false;
        for (int at = from; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted) {
                if (c == '\\') {
                    at++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                return at + 1;
            }
        }
        return -1;
    }

    /** Its calls; none if it is not what it should be, or names a tool that was not offered. */
    List<ToolCall> read(String json) {
        List<ToolCall> calls = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(json)) {
            boolean several = parser.nextToken() == JsonToken.START_ARRAY;
            if (several) {
                parser.nextToken();
            }
            while (parser.currentToken() == JsonToken.START_OBJECT) {
                Optional<ToolCall> call = call(parser, json);
                if (call.isEmpty()) {
                    return List.of();
                }
                calls.add(call.get());
                parser.nextToken();
            }
            boolean complete = several ? parser.currentToken() == JsonToken.END_ARRAY : !parser.hasCurrentToken();
            return complete ? calls : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The arguments stay as the model wrote them, number by number. */
    private Optional<ToolCall> call(JsonParser parser, String json) throws IOException {
        String name = "";
        String arguments = "";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            int from = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            if (field.equals("name") && value == JsonToken.VALUE_STRING) {
                name = parser.getText();
            } else if (field.equals("arguments") || field.equals("parameters")) {
                if (value != JsonToken.START_OBJECT || !arguments.isEmpty()) {
                    return Optional.empty();
                }
                arguments = json.substring(from, (int) parser.currentLocation().getCharOffset());
            }
        }
        return offer.names().contains(name) && !arguments.isEmpty()
                ? Optional.of(new ToolCall(ids.get(), name, arguments))
                : Optional.empty();
    }
}
