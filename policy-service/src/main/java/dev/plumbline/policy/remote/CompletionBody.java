package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.Penalties;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.generate.TokenPreferences;

/** Requests in the words of vLLM's {@code /v1/completions}. */
final class CompletionBody {
    /** Where they are sent. */
    static final String PATH = "/v1/completions";

    private CompletionBody() {}

    /**
     * For a stream of answers. vLLM draws its i-th answer by seed + i, and so does what is asked for in parts.
     *
     * @param choices how many
     * @param alternatives to each token
     */
    static ObjectNode stream(String model, GenerationRequest request, int choices, int alternatives) {
        ObjectNode body = plain(model, request.promptIds())
                .put("stream", true)
                .put("n", choices)
                .put("seed", request.seed() + request.firstSample())
                .put("logprobs", alternatives)
                .put("logprobs_mode", LogProbMode.wanted(request).option())
                .put("return_tokens_as_token_ids", true);
        putSampling(body, request.sampling());
        putStop(body, request.stop());
        return body;
    }

    /** For the log-probabilities of given tokens. */
    static ObjectNode scoring(String model, int[] ids, int alternatives) {
        return plain(model, ids)
                .put("stream", false)
                .put("max_tokens", 1)
                .put("temperature", 0)
                .put("prompt_logprobs", alternatives);
    }

    /** For two tokens that were the only ones to choose: sampled with certainty, whatever the plain model says. */
    static ObjectNode probe(String model, int id) {
        return plain(model, new int[] {id})
                .put("stream", false)
                .put("max_tokens", 2)
                .put("ignore_eos", true)
                .put("temperature", 1)
                .put("top_k", 1)
                .put("seed", 0)
                .put("logprobs", 0)
                .put("logprobs_mode", LogProbMode.PROCESSED.option());
    }

    private static ObjectNode plain(String model, int[] promptIds) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("model", model).put("return_token_ids", true);
        putIds(body, "prompt", promptIds);
        return body;
    }

    private static void putSampling(ObjectNode body, SamplingParameters sampling) {
        Penalties penalties = sampling.penalties();
        body.put("temperature", sampling.temperature())
                .put("top_k", sampling.topK())
                .put("top_p", sampling.topP())
                .put("min_p", sampling.minP())
                .put("repetition_penalty", penalties.repetition())
                .put("frequency_penalty", penalties.frequency())
                .put("presence_penalty", penalties.presence());
        TokenPreferences preferences = sampling.preferences();
        if (!preferences.bias().isEmpty()) {
            ObjectNode bias = body.putObject("logit_bias");
            preferences.bias().forEach((id, value) -> bias.put(Integer.toString(id), value));
        }
        if (!preferences.allowed().isEmpty()) {
            putIds(
                    body,
                    "allowed_token_ids",
                    preferences.allowed().stream()
                            .mapToInt(Integer::intValue)
                            .sorted()
                            .toArray());
        }
    }

    private static void putStop(ObjectNode body, StopConditions stop) {
        body.put("max_tokens", stop.maxTokens())
                .put("min_tokens", stop.minTokens())
                .put("ignore_eos", stop.ignoreEos());
        ArrayNode strings = body.putArray("stop");
        stop.stopStrings().forEach(strings::add);
        putIds(body, "stop_token_ids", stop.stopTokens());
    }

    private static void putIds(ObjectNode body, String field, int[] ids) {
        ArrayNode array = body.putArray(field);
        for (int id : ids) {
            array.add(id);
        }
    }
}
