package dev.plumbline.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.zip.GZIPInputStream;

/** Prompts in JSON Lines. */
public final class PromptFile {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Set<String> KEYS = Set.of("id", "prompt", "messages", "tools", "ground_truth");

    private PromptFile() {}

    /**
     * Reads all prompts of a file; those without an id get a new one.
     *
     * @throws UncheckedIOException if the file cannot be read, or naming every bad line and its reason
     */
    public static List<Prompt> read(Path file, Purpose purpose) {
        List<Prompt> prompts = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        try (InputStream bytes = Files.newInputStream(file);
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()))) {
            int number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    try {
                        prompts.add(prompt(MAPPER.readTree(line), purpose));
                    } catch (MismatchedInputException e) {
                        problems.add("line " + number + ": holds more than one JSON value");
                    } catch (JsonProcessingException e) {
                        problems.add("line " + number + ": is not JSON: " + e.getOriginalMessage());
                    } catch (IllegalArgumentException e) {
                        problems.add("line " + number + ": " + e.getMessage());
                    }
                }
            }
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException("there is no file " + file, e);
        } catch (CharacterCodingException e) {
            throw new UncheckedIOException(file + " is no text in UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (prompts.isEmpty() && problems.isEmpty()) {
            problems.add("no prompt in it");
        }
        if (!problems.isEmpty()) {
            String all = file + ":\n  " + String.join("\n  ", problems);
            throw new UncheckedIOException(all, new IOException(all));
        }
        return prompts;
    }

    private static Prompt prompt(JsonNode line, Purpose purpose) {
        if (!line.isObject()) {
            throw new IllegalArgumentException("must be an object, got " + line);
        }
        line.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException(
                        "unknown key \"" + key + "\"; known: id, prompt, messages, tools, ground_truth");
            }
        });
        if (line.has("prompt") == line.has("messages")) {
            throw new IllegalArgumentException("needs \"prompt\" or \"messages\", one of them");
        }
        if (line.has("prompt") && line.has("tools")) {
            throw new IllegalArgumentException(
                    "\"tools\" go with \"messages\": a chat template shows them to the model");
        }
        Prompt.Builder prompt = Prompt.newBuilder().setPurpose(purpose);
        prompt.setId(line.has("id") ? text(line, "id") : UUID.randomUUID().toString());
        if (line.has("prompt")) {
            prompt.setText(text(line, "prompt"));
        } else {
            prompt.setConversation(new PromptConversation(MAPPER).read(line.path("messages"), line.path("tools")));
        }
        if (line.has("ground_truth")) {
            prompt.setGroundTruth(text(line, "ground_truth"));
        }
        return prompt.build();
    }

    /** A text that is not empty. */
    static String text(JsonNode object, String key) {
        JsonNode value = object.path(key);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw new IllegalArgumentException("\"" + key + "\" must be text, got " + value);
        }
        return value.asText();
    }
}
