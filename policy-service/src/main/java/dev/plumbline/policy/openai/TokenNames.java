package dev.plumbline.policy.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.FloatNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.plumbline.lm.text.Tokenizer;
import java.util.List;

/** How tokens and their log-probabilities are written. */
final class TokenNames {
    /** What stands for bytes that are no complete character. */
    private static final char REPLACEMENT = '\uFFFD';
    /** JSON has no infinity; servers of this API write this for a probability of 0. */
    private static final float IMPOSSIBLE = -9999;

    private final Tokenizer tokenizer;
    private final boolean asIds;

    /** @param asIds writes {@code token_id:17} */
    TokenNames(Tokenizer tokenizer, boolean asIds) {
        this.tokenizer = tokenizer;
        this.asIds = asIds;
    }

    String of(int id) {
        return asIds ? "token_id:" + id : text(List.of(id));
    }

    /** The text of some ids, special tokens included; ids that stand for no token have none. */
    String text(List<Integer> ids) {
        return tokenizer.decode(
                ids.stream()
                        .mapToInt(Integer::intValue)
                        .filter(tokenizer::hasToken)
                        .toArray(),
                false);
    }

    /** Its UTF-8; null in JSON if the token is a part of a character. */
    JsonNode bytes(int id) {
        String text = text(List.of(id));
        if (text.indexOf(REPLACEMENT) >= 0) {
            return JsonNodeFactory.instance.nullNode();
        }
        ArrayNode bytes = JsonNodeFactory.instance.arrayNode();
        for (byte one : text.getBytes(UTF_8)) {
            bytes.add(Byte.toUnsignedInt(one));
        }
        return bytes;
    }

    /** Null in JSON for what nothing foretells. */
    static JsonNode number(float logprob) {
        return Float.isNaN(logprob)
                ? JsonNodeFactory.instance.nullNode()
                : FloatNode.valueOf(Math.max(logprob, IMPOSSIBLE));
    }
}
