package dev.plumbline.lm.text;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.filter.FilteringParserDelegate;
import com.fasterxml.jackson.core.filter.JsonPointerBasedFilter;
import com.fasterxml.jackson.core.filter.TokenFilter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.plumbline.lm.architecture.InvalidModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which token has which id in a {@code tokenizer.json}, the model's own and the added ones.
 *
 * @param ids by token text
 * @param added the tokens that are recognised in text before anything else looks at it
 * @param special those of the added tokens that decoding can leave out
 */
record Vocabulary(Map<String, Integer> ids, Set<String> added, Set<String> special) {

    /**
     * @param file named in complaints
     * @param json its content
     */
    static Vocabulary parse(Path file, byte[] json) {
        Map<String, Integer> ids = modelTokens(file, at(file, json, "/model/vocab"));
        int modelTokens = ids.size();
        Set<String> added = new HashSet<>();
        Set<String> special = new HashSet<>();
        int highestAdded = -1;
        for (JsonNode entry : at(file, json, "/added_tokens")) {
            String token = entry.path("content").asText();
            // The library numbers added tokens in this way, whatever ids the file gives them.
            int id = ids.getOrDefault(token, Math.max(modelTokens, highestAdded + 1));
            if (entry.path("id").asInt(-1) != id) {
                throw invalid(
                        file,
                        "added token \"" + token + "\" has id " + entry.path("id") + " where the library counts " + id
                                + "; number added tokens in order after the model's own");
            }
            highestAdded = Math.max(highestAdded, id);
            ids.put(token, id);
            added.add(token);
            if (entry.path("special").asBoolean()) {
                special.add(token);
            }
        }
        requireDistinct(file, ids);
        return new Vocabulary(ids, added, special);
    }

    /** One value of a file that may be large: the rest of it, a BPE's merges above all, never becomes a tree. */
    private static JsonNode at(Path file, byte[] json, String pointer) {
        try (JsonParser all = JsonFile.MAPPER.createParser(json);
                JsonParser one = new FilteringParserDelegate(
                        all, new JsonPointerBasedFilter(pointer), TokenFilter.Inclusion.ONLY_INCLUDE_ALL, false)) {
            return one.nextToken() == null ? MissingNode.getInstance() : JsonFile.MAPPER.readTree(one);
        } catch (JsonProcessingException e) {
            throw JsonFile.malformed(file, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private static Map<String, Integer> modelTokens(Path file, JsonNode vocabulary) {
        Map<String, Integer> ids = new HashMap<>();
        if (vocabulary.isObject()) { // BPE, WordPiece, WordLevel: {token: id}
            for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
                if (!entry.getValue().isInt() || entry.getValue().intValue() < 0) {
                    throw invalid(
                            file,
                            "the id of \"" + entry.getKey() + "\" in model.vocab must be an integer >= 0, got "
                                    + entry.getValue());
                }
                ids.put(entry.getKey(), entry.getValue().intValue());
            }
        } else if (vocabulary.isArray()) { // Unigram: [[token, score]], the index is the id
            for (int id = 0; id < vocabulary.size(); id++) {
                ids.put(vocabulary.get(id).path(0).asText(), id);
            }
        } else {
            throw invalid(
                    file, "it has no model.vocab; save the tokenizer in the format of Hugging Face's fast tokenizers");
        }
        return ids;
    }

    private static void requireDistinct(Path file, Map<String, Integer> ids) {
        Map<Integer, String> tokens = new HashMap<>();
        ids.forEach((token, id) -> {
            String other = tokens.put(id, token);
            if (other != null) {
                throw invalid(
                        file,
                        "\"" + other + "\" and \"" + token + "\" both have id " + id
                                + "; give each token an id of its own");
            }
        });
    }

    private static InvalidModelException invalid(Path file, String problem) {
        return new InvalidModelException(file.toString(), List.of(problem));
    }

    /** The same ids, with more of the tokens special. */
    Vocabulary withSpecial(Set<String> tokens) {
        return new Vocabulary(ids, union(added, tokens), union(special, tokens));
    }

    private static Set<String> union(Set<String> first, Set<String> second) {
        Set<String> union = new HashSet<>(first);
        union.addAll(second);
        return union;
    }

    OptionalInt idOf(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The set bits are ids that have a token. */
    BitSet known() {
        return bits(ids.keySet());
    }

    /** The set bits are ids of special tokens. */
    BitSet specialIds() {
        return bits(special);
    }

    private BitSet bits(Set<String> tokens) {
        BitSet bits = new BitSet();
        for (String token : tokens) {
            idOf(token).ifPresent(bits::set);
        }
        return bits;
    }

    /** SHA-256 over the tokens in the order of their ids, each as id, length in bytes and UTF-8. */
    String digest() {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        Map<Integer, String> tokens = new TreeMap<>();
        ids.forEach((token, id) -> tokens.put(id, token));
        tokens.forEach((id, token) -> {
            byte[] text = token.getBytes(StandardCharsets.UTF_8);
            sha256.update(ByteBuffer.allocate(2 * Integer.BYTES)
                    .putInt(id)
                    .putInt(text.length)
                    .flip());
            sha256.update(text);
        });
        return HexFormat.of().formatHex(sha256.digest());
    }
}
