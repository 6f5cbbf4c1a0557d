package dev.plumbline.example.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON files: one value, or one value a line. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectWriter PRETTY = MAPPER.writerWithDefaultPrettyPrinter();

    private Json() {}

    /** Keys and values in turn; keeps their order. */
    static Map<String, Object> object(Object... keysAndValues) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            object.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return object;
    }

    static void write(Path file, Map<String, Object> value) throws IOException {
        Files.writeString(file, PRETTY.writeValueAsString(value) + "\n");
    }

    static void writeLines(Path file, List<Map<String, Object>> values) throws IOException {
        try (Writer out = Files.newBufferedWriter(file)) {
            for (Map<String, Object> value : values) {
                out.write(MAPPER.writeValueAsString(value));
                out.write('\n');
            }
        }
    }
}
