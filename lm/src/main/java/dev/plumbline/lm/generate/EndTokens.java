package dev.plumbline.lm.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.lm.architecture.InvalidModelException;
import dev.plumbline.lm.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tokens by which a model says that its answer is complete. */
public final class EndTokens {
    private static final JsonMapper JSON = new JsonMapper();

    private final int[] ids;

    private EndTokens(int[] ids) {
        this.ids = ids;
    }

    /** Those of {@code generation_config.json}, which may be several (Llama 3), or else the tokenizer's EOS. */
    public static EndTokens read(Path checkpointDirectory, Tokenizer tokenizer) {
        Path file = checkpointDirectory.resolve("generation_config.json");
        JsonNode field = Files.isRegularFile(file) ? parse(file).path("eos_token_id") : JSON.missingNode();
        if (field.isMissingNode() || field.isNull()) {
            return new EndTokens(tokenizer.eosId().stream().toArray());
        }
        int[] ids = new int[field.isArray() ? field.size() : 1];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = field.isArray() ? field.get(i) : field;
            if (!id.canConvertToInt() || id.asInt() < 0) {
                throw new InvalidModelException(
                        file.toString(), List.of("eos_token_id must be a token id or a list of them, got " + field));
            }
            ids[i] = id.asInt();
        }
        return new EndTokens(ids);
    }

    private static JsonNode parse(Path file) {
        try {
            return JSON.readTree(file.toFile());
        } catch (JsonProcessingException e) {
            throw new InvalidModelException(
                    file.toString(), List.of("it is not valid JSON: " + e.getOriginalMessage()));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be read", e);
        }
    }

    boolean contains(int id) {
        return indexOf(ids, id) >= 0;
    }

    /** All of them. */
    public int[] ids() {
        return ids.clone();
    }

    static int indexOf(int[] ids, int id) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == id) {
                return i;
            }
        }
        return -1;
    }
}
