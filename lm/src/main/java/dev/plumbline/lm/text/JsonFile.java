package dev.plumbline.lm.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The JSON object in one file of a checkpoint directory. */
record JsonFile(Path path, JsonNode content) {
    static final ObjectMapper MAPPER = new ObjectMapper();

    /** Empty if the directory has no such file. */
    static Optional<JsonFile> find(Path directory, String name) {
        Path path = directory.resolve(name);
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            JsonNode content = MAPPER.readTree(path.toFile());
            if (!content.isObject()) {
                throw new InvalidModelException(
                        path.toString(), List.of("it must hold a JSON object; restore it from its source"));
            }
            return Optional.of(new JsonFile(path, content));
        } catch (JsonProcessingException e) {
            throw malformed(path, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path, e);
        }
    }

    static InvalidModelException malformed(Path path, JsonProcessingException cause) {
        String place = Optional.ofNullable(cause.getLocation())
                .map(location -> " at line " + location.getLineNr() + ", column " + location.getColumnNr())
                .orElse("");
        return new InvalidModelException(
                path.toString(),
                List.of("it is not valid JSON" + place + ": " + cause.getOriginalMessage()
                        + "; restore it from its source"));
    }
}
