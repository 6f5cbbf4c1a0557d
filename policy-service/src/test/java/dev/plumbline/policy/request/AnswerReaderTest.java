package dev.plumbline.policy.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.LogProbReport;
import dev.plumbline.lm.generate.Penalties;
import dev.plumbline.lm.generate.TokenPreferences;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerReaderTest {
    private static final PromptInput HELLO = new PromptInput.Text("hello");

    private final Tokenizer tokenizer = Tokenizer.load(Checkpoints.qwen2());
    private final ModelText model = new ModelText(
            tokenizer,
            new TextEncoder(tokenizer),
            424,
            128,
            Set.of(tokenizer.eosId().orElseThrow()));
    private final AnswerReader reader = new AnswerReader(64);

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void whatIsUnsetGetsItsDefaultAndIsReported() {
        AnswerPlan plan = read(HELLO, Sampling.getDefaultInstance(), Stopping.getDefaultInstance());

        assertThat(plan.sampling())
                .isEqualTo(Sampling.newBuilder()
                        .setTemperature(1)
                        .setTopK(0)
                        .setTopP(1)
                        .setMinP(0)
                        .setRepetitionPenalty(1)
                        .setFrequencyPenalty(0)
                        .setPresencePenalty(0)
                        .setSeed(99)
                        .setNumSamples(1)
                        .build());
        assertThat(plan.stopping())
                .isEqualTo(Stopping.newBuilder()
                        .setMaxTokens(128 - plan.promptIds().length)
                        .setIgnoreEos(false)
                        .setMinTokens(0)
                        .build());
        assertThat(plan.report()).isEqualTo(LogProbReport.NONE);
    }

    @Test
    void anAnswerMayNotBeLongerThanTheContextLeaves() {
        AnswerPlan plan = read(
                HELLO,
                Sampling.getDefaultInstance(),
                Stopping.newBuilder().setMaxTokens(1000).build());

        assertThat(plan.stopping().getMaxTokens()).isEqualTo(128 - plan.promptIds().length);
    }

    @ParameterizedTest
    @CsvSource({
        "temperature, -1, 'temperature must be >= 0 (0 is greedy), got -1.0'",
        "temperature, 1e-7, 'temperature must be 0 (greedy) or at least 1.0E-6, got 1.0E-7'",
        "temperature, NaN, 'temperature must be >= 0 (0 is greedy), got NaN'",
        "top_k, -3, 'top_k must be >= 0 (0 is off), got -3'",
        "top_p, 0, 'top_p must be in (0, 1] (1 is off), got 0.0'",
        "min_p, 1.5, 'min_p must be in [0, 1] (0 is off), got 1.5'",
        "repetition_penalty, 0, 'repetition_penalty must be > 0 (1 is off), got 0.0'",
        "repetition_penalty, NaN, 'repetition_penalty must be > 0 (1 is off), got NaN'",
        "frequency_penalty, 2.1, 'frequency_penalty must be in [-2, 2] (0 is off), got 2.1'",
        "presence_penalty, -3, 'presence_penalty must be in [-2, 2] (0 is off), got -3.0'",
        "logit_bias[7], 100.5, 'a bias must be in [-100, 100], got 100.5'",
        "logit_bias[424], 1, 'ids must be in [0, 424), got 424'",
        "allowed_token_ids[1], -1, 'ids must be in [0, 424), got -1'",
        "num_samples, 0, 'num_samples must be from 1 to 64, got 0'",
        "num_samples, 65, 'num_samples must be from 1 to 64, got 65'"
    })
    void impossibleSamplingIsRefusedWithFieldValueAndFix(String field, String value, String message) {
        Sampling.Builder sampling = Sampling.newBuilder();
        switch (field) {
            case "temperature" -> sampling.setTemperature(Float.parseFloat(value));
            case "top_k" -> sampling.setTopK(Integer.parseInt(value));
            case "top_p" -> sampling.setTopP(Float.parseFloat(value));
            case "min_p" -> sampling.setMinP(Float.parseFloat(value));
            case "repetition_penalty" -> sampling.setRepetitionPenalty(Float.parseFloat(value));
            case "frequency_penalty" -> sampling.setFrequencyPenalty(Float.parseFloat(value));
            case "presence_penalty" -> sampling.setPresencePenalty(Float.parseFloat(value));
            case "logit_bias[7]" -> sampling.putLogitBias(7, Float.parseFloat(value));
            case "logit_bias[424]" -> sampling.putLogitBias(424, Float.parseFloat(value));
            case "allowed_token_ids[1]" -> sampling.addAllowedTokenIds(3).addAllowedTokenIds(Integer.parseInt(value));
            case "num_samples" -> sampling.setNumSamples(Integer.parseInt(value));
            default -> throw new IllegalArgumentException(field);
        }

        CallerFault fault = refused(HELLO, sampling.build(), Stopping.getDefaultInstance());

        assertThat(fault.reason()).isEqualTo("INVALID_SAMPLING");
        assertThat(fault.violations()).containsExactly(new FieldViolation("sampling." + field, message));
    }

    @Test
    void whatAnEngineIsToldIsWhatWasAsked() {
        Sampling sampling = Sampling.newBuilder()
                .setRepetitionPenalty(1.3f)
                .setFrequencyPenalty(0.5f)
                .setPresencePenalty(-0.25f)
                .putLogitBias(7, 2.5f)
                .addAllowedTokenIds(7)
                .addAllowedTokenIds(9)
                .build();
        Stopping stopping = Stopping.newBuilder().setMinTokens(3).build();

        AnswerPlan plan = reader.read(
                new Ask(HELLO, sampling, stopping, new Ask.Report(4, true), Turn.ofCall(-2)),
                () -> 99,
                Integer.MAX_VALUE,
                model);

        GenerationRequest first = plan.generation(0, 2);
        assertThat(first.sampling().penalties()).isEqualTo(new Penalties(1.3f, 0.5f, -0.25f));
        assertThat(first.sampling().preferences()).isEqualTo(new TokenPreferences(Map.of(7, 2.5f), Set.of(7, 9)));
        assertThat(first.stop().minTokens()).isEqualTo(3);
        assertThat(first.report()).isEqualTo(new LogProbReport(4, true));
        assertThat(plan.generation(2, 2).report())
                .as("the prompt is told of once")
                .isEqualTo(new LogProbReport(4, false));
        assertThat(plan.turn().priority()).isEqualTo(-2);
    }

    @Test
    void noMoreAlternativesAreToldThanTwenty() {
        CallerFault fault = catchThrowableOfType(
                CallerFault.class,
                () -> reader.read(
                        new Ask(
                                HELLO,
                                Sampling.getDefaultInstance(),
                                Stopping.getDefaultInstance(),
                                new Ask.Report(21, false),
                                Turn.ofCall(0)),
                        () -> 99,
                        Integer.MAX_VALUE,
                        model));

        assertThat(fault.violations())
                .containsExactly(new FieldViolation("top_logprobs", "top_logprobs must be from 0 to 20, got 21"));
    }

    @Test
    void theLeastNumberOfTokensNeedsATokenThatDoesNotEndTheAnswer() {
        Sampling onlyEnds = Sampling.newBuilder()
                .addAllowedTokenIds(5)
                .addAllowedTokenIds(tokenizer.eosId().orElseThrow())
                .build();
        Stopping stopping =
                Stopping.newBuilder().setMinTokens(2).addStopTokenIds(5).build();

        CallerFault fault = refused(HELLO, onlyEnds, stopping);

        assertThat(fault.violations()).extracting(FieldViolation::field).containsExactly("stopping.min_tokens");
        assertThat(fault.message()).contains("allowed_token_ids has nothing but tokens that end the answer");
        assertThat(read(HELLO, onlyEnds, stopping.toBuilder().setIgnoreEos(true).build())
                        .stopping()
                        .getMinTokens())
                .isEqualTo(2);
    }

    @Test
    void theLeastNumberOfTokensIsNotAboveTheMost() {
        CallerFault fault = refused(
                HELLO,
                Sampling.getDefaultInstance(),
                Stopping.newBuilder().setMaxTokens(5).setMinTokens(6).build());

        assertThat(fault.violations())
                .containsExactly(new FieldViolation(
                        "stopping.min_tokens", "min_tokens must be from 0 to the answer's most tokens, 5, got 6"));
    }

    @Test
    void everythingWrongIsToldAtOnce() {
        CallerFault fault = refused(
                new PromptInput.Missing(),
                Sampling.newBuilder().setTopK(-1).build(),
                Stopping.newBuilder()
                        .setMaxTokens(0)
                        .addStopStrings("")
                        .addStopTokenIds(424)
                        .build());

        assertThat(fault.violations())
                .extracting(FieldViolation::field)
                .containsExactly(
                        "prompt",
                        "sampling.top_k",
                        "stopping.max_tokens",
                        "stopping.stop_strings",
                        "stopping.stop_token_ids");
    }

    @Test
    void aPromptThatFillsTheContextIsTooLong() {
        CallerFault fault = refused(
                new PromptInput.Ids(Collections.nCopies(128, 5)),
                Sampling.getDefaultInstance(),
                Stopping.getDefaultInstance());

        assertThat(fault.reason()).isEqualTo("CONTEXT_TOO_LONG");
        assertThat(fault.message())
                .contains("the prompt has 128 tokens and the context 128: at most 127 leave room for an answer");
    }

    @Test
    void aRunsOwnBoundOnPromptsHolds() {
        CallerFault fault = catchThrowableOfType(
                CallerFault.class,
                () -> reader.read(
                        new Ask(
                                new PromptInput.Ids(List.of(1, 2, 3)),
                                Sampling.getDefaultInstance(),
                                Stopping.getDefaultInstance()),
                        () -> 0,
                        2,
                        model));

        assertThat(fault.reason()).isEqualTo("CONTEXT_TOO_LONG");
        assertThat(fault.message()).contains("the prompt has 3 tokens, its run allows 2");
    }

    @Test
    void idsOutsideOfTheVocabularyAreNamed() {
        CallerFault fault = refused(
                new PromptInput.Ids(List.of(3, 424)), Sampling.getDefaultInstance(), Stopping.getDefaultInstance());

        assertThat(fault.violations())
                .containsExactly(new FieldViolation("token_ids.ids[1]", "ids must be in [0, 424), got 424"));
    }

    @Test
    void aConversationIsRenderedByTheModelsOwnTemplate() {
        Conversation conversation = Conversation.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hello"))
                .build();

        AnswerPlan plan =
                read(new PromptInput.Turns(conversation), Sampling.getDefaultInstance(), Stopping.getDefaultInstance());

        assertThat(tokenizer.decode(plan.promptIds(), false)).contains("user", "hello", "assistant");
    }

    @Test
    void anAnswerMayBeGoneOnWithByWhoeverCallsWithAConversation() {
        Conversation conversation = Conversation.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hello"))
                .build();
        GenerateRequest.Builder call = GenerateRequest.newBuilder();

        assertThat(isConversation(Ask.of(call.setConversation(conversation).build())))
                .isTrue();
        assertThat(isConversation(Ask.of(call.setText("hello").build()))).isFalse();
        assertThat(isConversation(new Ask(
                        new PromptInput.Turns(conversation),
                        Sampling.getDefaultInstance(),
                        Stopping.getDefaultInstance())))
                .as("of a record")
                .isFalse();
    }

    private boolean isConversation(Ask ask) {
        AnswerPlan plan = reader.read(ask, () -> 99, Integer.MAX_VALUE, model);
        return plan.generation(0, 1).conversation();
    }

    @Test
    void contentInPartsIsOneTextForATemplateThatKnowsNoParts() {
        ChatMessage.Builder inParts = ChatMessage.newBuilder().setRole("user");
        inParts.addPartsBuilder().setText("hel");
        inParts.addPartsBuilder().setText("lo");
        ChatMessage.Builder whole = ChatMessage.newBuilder().setRole("user").setContent("hello");

        assertThat(promptOf(inParts)).isEqualTo(promptOf(whole));
    }

    private int[] promptOf(ChatMessage.Builder message) {
        return read(
                        new PromptInput.Turns(
                                Conversation.newBuilder().addMessages(message).build()),
                        Sampling.getDefaultInstance(),
                        Stopping.getDefaultInstance())
                .promptIds();
    }

    @Test
    void partsBesideContentOrOfAnUnknownKindAreTheCallersFault() {
        ChatMessage.Builder both = ChatMessage.newBuilder().setRole("user").setContent("hello");
        both.addPartsBuilder().setText("hello");
        ChatMessage.Builder unknown = ChatMessage.newBuilder().setRole("user");
        unknown.addPartsBuilder();

        assertThat(faultOf(both)).contains("content or parts, got both");
        assertThat(faultOf(unknown)).contains("parts of a message must be text");
    }

    private String faultOf(ChatMessage.Builder message) {
        return refused(
                        new PromptInput.Turns(
                                Conversation.newBuilder().addMessages(message).build()),
                        Sampling.getDefaultInstance(),
                        Stopping.getDefaultInstance())
                .message();
    }

    @Test
    void aTurnWithoutSpeakerIsTheCallersFault() {
        Conversation conversation = Conversation.newBuilder()
                .addMessages(ChatMessage.newBuilder().setContent("hello"))
                .build();

        CallerFault fault = refused(
                new PromptInput.Turns(conversation), Sampling.getDefaultInstance(), Stopping.getDefaultInstance());

        assertThat(fault.violations()).extracting(FieldViolation::field).containsExactly("conversation");
    }

    @Test
    void aToolsArgumentsThatAreNoObjectAreTheCallersFault() {
        ChatMessage.Builder message = ChatMessage.newBuilder().setRole("assistant");
        message.addToolCallsBuilder().setName("clock").setArgumentsJson("noon");

        CallerFault fault = refused(
                new PromptInput.Turns(
                        Conversation.newBuilder().addMessages(message).build()),
                Sampling.getDefaultInstance(),
                Stopping.getDefaultInstance());

        assertThat(fault.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.field()).isEqualTo("conversation");
            assertThat(violation.description())
                    .startsWith("conversation.messages[0].tool_calls[0].arguments_json must be a JSON object");
        });
    }

    private AnswerPlan read(PromptInput prompt, Sampling sampling, Stopping stopping) {
        return reader.read(new Ask(prompt, sampling, stopping), () -> 99, Integer.MAX_VALUE, model);
    }

    private CallerFault refused(PromptInput prompt, Sampling sampling, Stopping stopping) {
        return catchThrowableOfType(CallerFault.class, () -> read(prompt, sampling, stopping));
    }
}
