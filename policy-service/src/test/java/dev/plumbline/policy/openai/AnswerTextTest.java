package dev.plumbline.policy.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.TopLogprobs;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.PromptLogprobs;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AnswerTextTest {
    private static Tokenizer tokenizer;
    private static int hash;
    private static int dollar;

    @BeforeAll
    static void load() {
        tokenizer = Tokenizer.load(Checkpoints.qwen2());
        hash = tokenizer.encode("#", false)[0];
        dollar = tokenizer.encode("$", false)[0];
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void aCompletionNamesAsManyAlternativesAsWereAskedFor() {
        ObjectNode logprobs = new CompletionShape().logprobs(twoTokens(), 1, 10, names(false));

        assertThat(logprobs).hasToString("""
                {"tokens":["#","$"],"token_logprobs":[-1.0,-2.5],"top_logprobs":[{"#":-1.0},{"#":-0.5}],\
                "text_offset":[10,11]}""");
    }

    @Test
    void aChatNamesItsTokensWithTheirBytes() {
        ObjectNode logprobs = new ChatShape().logprobs(twoTokens(), 0, 0, names(false));

        assertThat(logprobs).hasToString("""
                {"content":[{"token":"#","logprob":-1.0,"bytes":[35],"top_logprobs":[]},\
                {"token":"$","logprob":-2.5,"bytes":[36],"top_logprobs":[]}],"refusal":null}""");
    }

    @Test
    void tokensMayBeNamedByTheirIds() {
        assertThat(names(true).of(17)).isEqualTo("token_id:17");
        assertThat(names(false).of(Integer.MAX_VALUE)).isEmpty();
    }

    @Test
    void jsonHasNeitherInfinityNorNan() {
        assertThat(TokenNames.number(Float.NEGATIVE_INFINITY)).hasToString("-9999.0");
        assertThat(TokenNames.number(Float.NaN)).hasToString("null");
    }

    @Test
    void aPromptIsToldTokenByTokenExceptForTheFirst() {
        GenerateResponse response = GenerateResponse.newBuilder()
                .addAllPromptTokenIds(List.of(hash, dollar))
                .setPromptLogprobs(PromptLogprobs.newBuilder()
                        .addRawLogprobs(0)
                        .addRawLogprobs(-2.5f)
                        .addTopLogprobs(TopLogprobs.getDefaultInstance())
                        .addTopLogprobs(alternatives()))
                .build();
        ObjectNode holder = Json.newObject();

        text(new CompletionShape()).putPromptLogprobs(holder, Spoken.prompt("", response), 1);

        assertThat(holder).hasToString("""
                {"prompt_logprobs":[null,\
                {"%d":{"logprob":-2.5,"decoded_token":"$","rank":2},"%d":{"logprob":-0.5,"decoded_token":"#","rank":1}}]}""".formatted(dollar, hash));
    }

    @Test
    void anEchoKeepsTokensAndNumbersTogetherAlsoWhereTheNumbersAreUnknown() {
        Spoken prompt = new Spoken("#", List.of(hash), List.of(), List.of());

        Spoken both = twoTokens().after(prompt);

        assertThat(both.text()).isEqualTo("##$");
        assertThat(both.ids()).containsExactly(hash, hash, dollar);
        assertThat(both.logprob(0)).isNaN();
        assertThat(both.logprob(1)).isEqualTo(-1);
        assertThat(both.alternatives(0).getTokenIdsCount()).isZero();
        assertThat(both.alternatives(2)).isEqualTo(alternatives());
    }

    @Test
    void aTextThatWasCutOffByTheServerSaysSo() {
        ObjectNode choice = Json.newObject();

        text(new ChatShape())
                .fill(
                        choice,
                        Spoken.text(""),
                        0,
                        Optional.of(AnswerText.name(FinishReason.FINISH_REASON_ABORTED, false)));

        assertThat(choice).hasToString("{\"logprobs\":null,\"finish_reason\":\"abort\"}");
    }

    @Test
    void aPromptOfIdsIsEchoedAsItReads() {
        GenerateRequest.Builder request = GenerateRequest.newBuilder();
        request.getTokenIdsBuilder().addIds(hash).addIds(dollar);

        assertThat(text(new CompletionShape()).prompt(request.build())).isEqualTo("#$");
    }

    private static Spoken twoTokens() {
        return new Spoken(
                "#$",
                List.of(hash, dollar),
                List.of(-1f, -2.5f),
                List.of(
                        TopLogprobs.newBuilder()
                                .addTokenIds(hash)
                                .addRawLogprobs(-1)
                                .build(),
                        alternatives()));
    }

    private static TopLogprobs alternatives() {
        return TopLogprobs.newBuilder()
                .addTokenIds(hash)
                .addRawLogprobs(-0.5f)
                .addTokenIds(dollar)
                .addRawLogprobs(-2.5f)
                .build();
    }

    private static AnswerText text(ChoiceShape shape) {
        AnswerForm form = new AnswerForm(false, false, 1, Optional.empty(), Optional.of(1), false, false, false, false);
        return new AnswerText(
                "id", Instant.EPOCH, "policy@1", shape, form, names(false), () -> new Listener(Optional.empty()));
    }

    private static TokenNames names(boolean asIds) {
        return new TokenNames(tokenizer, asIds);
    }
}
