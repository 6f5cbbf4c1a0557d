package dev.plumbline.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** A file of JSON objects, one a line; gzip is recognised by its first bytes. */
final class JsonLines {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonLines() {}

    /** The first limit lines, each an example; throws a DataException with the bad ones. */
    static <E> List<Numbered<E>> read(DataSettings settings, Path file, LineFormat<E> format) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(
                    "no file " + file + "; give the path of a .jsonl or .jsonl.gz on the trainer's disk");
        }
        List<Numbered<E>> examples = new ArrayList<>();
        LineProblems problems = new LineProblems(file);
        long number = 0;
        // Latin-1 keeps every byte, so that the JSON parser sees, and checks, the file's own UTF-8 line by line.
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(plain(Files.newInputStream(file)), StandardCharsets.ISO_8859_1), 1 << 16)) {
            for (String line = lines.readLine(); line != null && number < settings.limit(); line = lines.readLine()) {
                number++;
                try {
                    examples.add(new Numbered<>(number, format.parse(new JsonLine(object(line), settings))));
                } catch (MalformedLineException e) {
                    problems.add(number, e.reason());
                }
            }
        } catch (IOException e) {
            throw new DataException(file + " cannot be read after line " + number + ": " + e.getMessage(), e);
        }
        problems.throwIfAny();
        if (examples.isEmpty()) {
            throw new DataException(file + " is empty; it needs at least one example");
        }
        return examples;
    }

    private static ObjectNode object(String latin1) throws MalformedLineException, IOException {
        if (latin1.isBlank()) {
            throw new MalformedLineException("is empty; remove it");
        }
        JsonNode node;
        try {
            node = JSON.readTree(latin1.getBytes(StandardCharsets.ISO_8859_1));
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

    private static InputStream plain(InputStream raw) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(raw);
        buffered.mark(2);
        boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
        buffered.reset();
        return gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
    }
}
