package dev.plumbline.policy.call;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.policy.request.ModelText;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import java.util.ArrayList;
import java.util.List;

/** Reads and checks a request for log-probabilities. */
final class LogprobsReader {
    private static final String INVALID = "INVALID_SEQUENCE";

    private LogprobsReader() {}

    static float temperature(ComputeLogprobsRequest request) {
        return request.hasTemperature() ? request.getTemperature() : 1;
    }

    static List<TokenSequence> sequences(ComputeLogprobsRequest request, ModelText model) {
        Problems problems = new Problems();
        float temperature = temperature(request);
        if (!(temperature >= SamplingParameters.LEAST_TEMPERATURE) || Float.isInfinite(temperature)) {
            problems.add(
                    "INVALID_SAMPLING",
                    "temperature",
                    "temperature must be finite and at least " + SamplingParameters.LEAST_TEMPERATURE + ", got "
                            + temperature);
        }
        if (request.getSequencesCount() == 0) {
            problems.add(INVALID, "sequences", "at least one sequence is required");
        }
        List<TokenSequence> sequences = new ArrayList<>();
        for (int i = 0; i < request.getSequencesCount(); i++) {
            String field = "sequences[" + i + "]";
            PromptAndResponse sequence = request.getSequences(i);
            int prompt = sequence.getPromptTokenIdsCount();
            int response = sequence.getResponseTokenIdsCount();
            if (prompt == 0 || response == 0) {
                problems.add(INVALID, field, "prompt and response must have at least one token each");
            } else if (prompt + response > model.contextLength()) {
                problems.add(
                        "CONTEXT_TOO_LONG",
                        field,
                        "prompt and response have " + (prompt + response) + " tokens, the context "
                                + model.contextLength());
            } else {
                sequences.add(sequence(sequence, field, model, problems));
            }
        }
        problems.throwIfAny();
        return sequences;
    }

    private static TokenSequence sequence(
            PromptAndResponse sequence, String field, ModelText model, Problems problems) {
        int prompt = sequence.getPromptTokenIdsCount();
        int[] ids = new int[prompt + sequence.getResponseTokenIdsCount()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i < prompt ? sequence.getPromptTokenIds(i) : sequence.getResponseTokenIds(i - prompt);
            if (ids[i] < 0 || ids[i] >= model.vocabularySize()) {
                problems.add(
                        INVALID,
                        field + (i < prompt ? ".prompt_token_ids" : ".response_token_ids"),
                        "ids must be in [0, " + model.vocabularySize() + "), got " + ids[i]);
                ids[i] = 0;
            }
        }
        return new TokenSequence(ids, prompt);
    }
}
