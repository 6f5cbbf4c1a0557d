package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.request.Problems;
import dev.plumbline.policy.tool.ToolOffer;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * From a body to the requests that gRPC knows. Checks types, and what only this API has; numbers are for the service's own
 * reader to accept.
 */
final class OrderReader {
    /** What this API promises to a completion that asks for no number. */
    private static final int COMPLETION_TOKENS = 16;

    private static final String RAW = "raw_logprobs";
    private static final String PROCESSED = "processed_logprobs";

    private final int maxPrompts;

    /** @param maxPrompts the most prompts of one request */
    OrderReader(int maxPrompts) {
        this.maxPrompts = maxPrompts;
    }

    /** A body of {@code /v1/completions}. */
    AnswerOrder completion(ObjectNode body) {
        Problems problems = new Problems();
        Fields fields = new Fields(body, problems);
        Optional<Integer> alternatives = fields.count("logprobs");
        fields.integer("best_of")
                .filter(best -> !best.equals(fields.integer("n").orElse(1)))
                .ifPresent(best -> fields.problem("best_of", "best_of must equal n: answers are not ranked here"));
        GenerateRequest request = common(fields, alternatives, Optional.of(COMPLETION_TOKENS));
        List<GenerateRequest> prompts = new PromptReader(fields, maxPrompts)
                .plain().stream()
                        .map(prompt -> prompt.toBuilder().mergeFrom(request).build())
                        .toList();
        AnswerForm form = form(fields, alternatives, request);
        problems.throwIfAny();
        return new AnswerOrder(fields.text("model"), prompts, form, Optional.empty());
    }

    /** A body of {@code /v1/chat/completions}. */
    AnswerOrder chat(ObjectNode body) {
        Problems problems = new Problems();
        Fields fields = new Fields(body, problems);
        boolean logprobs = fields.flag("logprobs").orElse(false);
        Optional<Integer> alternatives = fields.count("top_logprobs");
        if (alternatives.isPresent() && !logprobs) {
            fields.problem("top_logprobs", "top_logprobs needs logprobs to be true");
        }
        if (fields.flag("echo").orElse(false)) {
            fields.problem("echo", "echo is not supported for conversations: leave it out");
        }
        GenerateRequest request = common(fields, alternatives, Optional.empty());
        Conversation.Builder conversation = new PromptReader(fields, maxPrompts).conversation();
        Optional<ToolOffer> offer = new OfferReader(fields).read(conversation);
        GenerateRequest prompt =
                request.toBuilder().setConversation(conversation).build();
        AnswerForm form = form(fields, logprobs ? alternatives.or(() -> Optional.of(0)) : Optional.empty(), request);
        problems.throwIfAny();
        return new AnswerOrder(fields.text("model"), List.of(prompt), form, offer);
    }

    private GenerateRequest common(Fields fields, Optional<Integer> alternatives, Optional<Integer> maxTokens) {
        UnservedParameters.refuse(fields);
        fields.text("model");
        fields.text("user");
        GenerateRequest.Builder request =
                GenerateRequest.newBuilder().setSampling(sampling(fields)).setStopping(stopping(fields, maxTokens));
        set(fields.integer("priority"), request::setPriority);
        Optional<Integer> ofPrompt = fields.count("prompt_logprobs");
        boolean echoed = alternatives.isPresent() && fields.flag("echo").orElse(false);
        request.setPromptLogprobs(ofPrompt.isPresent() || echoed);
        request.setTopLogprobs(Math.max(alternatives.orElse(0), ofPrompt.orElse(0)));
        return request.build();
    }

    private static AnswerForm form(Fields fields, Optional<Integer> logprobs, GenerateRequest request) {
        boolean stream = fields.flag("stream").orElse(false);
        boolean usage = fields.value("stream_options")
                .filter(options -> requireObject(fields, options))
                .flatMap(options ->
                        fields.in("stream_options", (ObjectNode) options).flag("include_usage"))
                .orElse(false);
        if (stream && request.getPromptLogprobs()) {
            fields.problem(
                    fields.value("prompt_logprobs").isPresent() ? "prompt_logprobs" : "echo",
                    "log-probabilities of the prompt are not streamed: set stream to false");
        }
        return new AnswerForm(
                stream,
                usage,
                request.getSampling().hasNumSamples() ? request.getSampling().getNumSamples() : 1,
                logprobs,
                fields.count("prompt_logprobs"),
                fields.flag("echo").orElse(false),
                fields.flag("return_token_ids").orElse(false),
                fields.flag("return_tokens_as_token_ids").orElse(false),
                processed(fields, logprobs));
    }

    /** vLLM's server has one mode for all requests; here each chooses. Alternatives are known under the plain model only. */
    private static boolean processed(Fields fields, Optional<Integer> logprobs) {
        String mode = fields.text("logprobs_mode").orElse(RAW);
        if (!mode.equals(RAW) && !mode.equals(PROCESSED)) {
            fields.problem(
                    "logprobs_mode", "logprobs_mode must be " + RAW + " or " + PROCESSED + ", got \"" + mode + "\"");
        }
        boolean processed = mode.equals(PROCESSED);
        if (processed && logprobs.orElse(0) > 0) {
            fields.problem(
                    "logprobs_mode",
                    "logprobs_mode " + PROCESSED + " has no alternatives: ask for log-probabilities only");
        }
        return processed;
    }

    private static boolean requireObject(Fields fields, JsonNode options) {
        if (!options.isObject()) {
            fields.wrong("stream_options", options, "an object");
        }
        return options.isObject();
    }

    private static Sampling sampling(Fields fields) {
        Sampling.Builder sampling = Sampling.newBuilder();
        set(fields.number("temperature"), sampling::setTemperature);
        // Other servers know -1 as off.
        set(fields.integer("top_k").map(k -> k == -1 ? 0 : k), sampling::setTopK);
        set(fields.number("top_p"), sampling::setTopP);
        set(fields.number("min_p"), sampling::setMinP);
        set(fields.number("repetition_penalty"), sampling::setRepetitionPenalty);
        set(fields.number("frequency_penalty"), sampling::setFrequencyPenalty);
        set(fields.number("presence_penalty"), sampling::setPresencePenalty);
        set(fields.longInteger("seed"), sampling::setSeed);
        set(fields.integer("n"), sampling::setNumSamples);
        fields.value("logit_bias").ifPresent(biases -> logitBias(fields, biases, sampling));
        return sampling.addAllAllowedTokenIds(fields.integers("allowed_token_ids"))
                .build();
    }

    private static void logitBias(Fields fields, JsonNode biases, Sampling.Builder sampling) {
        if (!biases.isObject()) {
            fields.wrong("logit_bias", biases, "an object from token ids to numbers");
            return;
        }
        for (Map.Entry<String, JsonNode> bias : biases.properties()) {
            Optional<Float> number = Fields.numberIn(bias.getValue());
            try {
                int id = Integer.parseInt(bias.getKey());
                number.ifPresentOrElse(
                        value -> sampling.putLogitBias(id, value),
                        () -> fields.wrong("logit_bias", bias.getValue(), "numbers"));
            } catch (NumberFormatException e) {
                fields.problem("logit_bias", "logit_bias must have token ids for keys, got \"" + bias.getKey() + "\"");
            }
        }
    }

    private static Stopping stopping(Fields fields, Optional<Integer> maxTokens) {
        Stopping.Builder stopping = Stopping.newBuilder();
        set(
                fields.integer("max_completion_tokens")
                        .or(() -> fields.integer("max_tokens"))
                        .or(() -> maxTokens),
                stopping::setMaxTokens);
        set(fields.integer("min_tokens"), stopping::setMinTokens);
        set(fields.flag("ignore_eos"), stopping::setIgnoreEos);
        return stopping.addAllStopStrings(fields.texts("stop"))
                .addAllStopTokenIds(fields.integers("stop_token_ids"))
                .build();
    }

    private static <T> void set(Optional<T> value, Consumer<T> field) {
        value.ifPresent(field);
    }
}
