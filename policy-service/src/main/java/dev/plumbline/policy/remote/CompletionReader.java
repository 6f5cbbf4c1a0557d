package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.plumbline.lm.generate.PromptLogProbs;
import dev.plumbline.lm.generate.TopLogProbs;
import dev.plumbline.serving.error.Defect;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads what the server answers, and accepts nothing that is not complete: every token has its id and its log-probability,
 * and every answer names the model that was asked.
 *
 * @param faults words for what is wrong
 * @param model that was asked
 * @param alternatives that were asked for to each token
 */
record CompletionReader(RemoteFaults faults, String model, int alternatives) {
    private static final String AS_ID = "token_id:";

    /** A token and what the server says of it. */
    record Token(int id, float logProb, TopLogProbs top) {}

    /**
     * What comes of one answer at a time.
     *
     * @param choice its index
     * @param text that these tokens add, and those before whose text was held back
     * @param finish why it ends, if it does
     */
    record Piece(int choice, List<Token> tokens, String text, Optional<String> finish) {
        Piece {
            tokens = List.copyOf(tokens);
        }
    }

    /** An event, or a whole answer. */
    List<Piece> pieces(JsonNode answer, int choices) {
        requireModel(answer);
        List<Piece> pieces = new ArrayList<>();
        for (JsonNode choice : answer.path("choices")) {
            int index = choice.path("index").asInt(-1);
            if (index < 0 || index >= choices) {
                throw faults.unusable(faults.server() + " sent answer " + choice.path("index") + " where " + choices
                        + " were asked for");
            }
            JsonNode finish = choice.path("finish_reason");
            pieces.add(new Piece(
                    index,
                    tokens(choice),
                    choice.path("text").asText(),
                    finish.isTextual() ? Optional.of(finish.textValue()) : Optional.empty()));
        }
        return pieces;
    }

    /** What a prompt's log-probabilities were asked for. */
    PromptLogProbs scores(JsonNode answer, int[] ids) {
        requireModel(answer);
        JsonNode told = answer.path("choices").path(0).path("prompt_logprobs");
        if (told.size() != ids.length) {
            throw faults.unusable(faults.server() + " gave prompt_logprobs of " + told.size() + " tokens where "
                    + ids.length + " were asked for");
        }
        float[] logProbs = new float[ids.length];
        List<TopLogProbs> top = new ArrayList<>(ids.length);
        top.add(TopLogProbs.NONE); // nothing foretells the first
        for (int token = 1; token < ids.length; token++) {
            JsonNode ofToken = told.path(token);
            logProbs[token] = number(ofToken.path(Integer.toString(ids[token])).path("logprob"));
            top.add(top(ofToken.properties().stream()
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue().path("logprob")))
                    .toList()));
        }
        return new PromptLogProbs(logProbs, top);
    }

    private void requireModel(JsonNode answer) {
        if (answer.has("error")) {
            throw faults.ofEvent(answer.path("error"));
        }
        if (!answer.path("model").asText().equals(model)) {
            throw faults.unusable(faults.server() + " answered by the model " + answer.path("model") + " where " + model
                    + " was asked");
        }
    }

    private List<Token> tokens(JsonNode choice) {
        JsonNode ids = choice.path("token_ids");
        boolean says = !choice.path("text").asText().isEmpty()
                || choice.path("finish_reason").isTextual();
        if (!ids.isArray() && says) {
            throw faults.unusable(faults.server() + " gives no token_ids: it must know return_token_ids");
        }
        JsonNode logProbs = choice.path("logprobs");
        JsonNode told = logProbs.path("token_logprobs");
        if (told.size() != ids.size()) {
            throw faults.unusable(
                    faults.server() + " gave " + ids.size() + " token_ids and " + told.size() + " token_logprobs");
        }
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (!ids.get(i).canConvertToInt()) {
                throw faults.unusable(faults.server() + " gave the token id " + ids.get(i));
            }
            TopLogProbs top = top(logProbs.path("top_logprobs").path(i).properties().stream()
                    .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                    .toList());
            tokens.add(new Token(ids.get(i).intValue(), number(told.get(i)), top));
        }
        return tokens;
    }

    private float number(JsonNode logProb) {
        if (!logProb.isNumber() || !Float.isFinite(logProb.floatValue())) {
            throw faults.unusable(faults.server() + " gave the log-probability " + logProb
                    + ", which is no finite number: does it know logprobs, and are its weights sound?");
        }
        return logProb.floatValue();
    }

    /** The likeliest of them, the likeliest first; the token's own may be there beside those that were asked for. */
    private TopLogProbs top(List<Map.Entry<String, JsonNode>> byToken) {
        if (alternatives == 0) {
            return TopLogProbs.NONE;
        }
        List<Map.Entry<Integer, Float>> likeliest = byToken.stream()
                .map(entry -> Map.entry(id(entry.getKey()), number(entry.getValue())))
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(alternatives)
                .toList();
        int[] ids = likeliest.stream().mapToInt(Map.Entry::getKey).toArray();
        float[] logProbs = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            logProbs[i] = likeliest.get(i).getValue();
        }
        return new TopLogProbs(ids, logProbs);
    }

    private int id(String token) {
        try {
            return Integer.parseInt(token.startsWith(AS_ID) ? token.substring(AS_ID.length()) : token);
        } catch (NumberFormatException e) {
            throw new Defect(faults.server() + " named a token " + RemoteFaults.quoted(token) + ", not by its id", e);
        }
    }
}
