package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tools as OpenAI's own client finds them. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class OpenAiToolsTest {
    private static RunningHouse house;
    private static OpenAIClient client;

    @BeforeAll
    static void open(@TempDir Path directory) throws IOException {
        house = new RunningHouse();
        house.serve(ToolCheckpoint.in(directory));
        client = OpenAIOkHttpClient.builder()
                .baseUrl(house.uri("/v1").toString())
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void close() {
        client.close();
        house.close();
    }

    @Test
    void aCallIsToldAsOneAndItsAnswerIsTaken() {
        ChatCompletion asked = client.chat().completions().create(calling().build());

        ChatCompletion.Choice choice = asked.choices().get(0);
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        assertThat(choice.message().content()).isEmpty();
        ChatCompletionMessageFunctionToolCall call = onlyCall(choice.message());
        assertThat(call.id()).startsWith("call_");
        assertThat(call.function().name()).isEqualTo("weather");
        assertThat(call.function().arguments()).isEqualTo("{\"city\": \"Paris\"}");

        ChatCompletion answered = client.chat()
                .completions()
                .create(chat().addMessage(choice.message())
                        .addMessage(ChatCompletionToolMessageParam.builder()
                                .toolCallId(call.id())
                                .content("rain")
                                .build())
                        .maxCompletionTokens(2)
                        .build());

        assertThat(answered.choices()).hasSize(1);
        assertThat(answered.usage().orElseThrow().promptTokens())
                .isGreaterThan(asked.usage().orElseThrow().promptTokens());
    }

    @Test
    void aStreamedCallAddsUpToTheWhole() {
        List<ChatCompletionChunk> chunks;
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(calling().build())) {
            chunks = stream.stream().toList();
        }

        List<ChatCompletionChunk.Choice.Delta.ToolCall> calls = chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().toolCalls().stream().flatMap(List::stream))
                .toList();
        assertThat(calls).singleElement().satisfies(call -> {
            assertThat(call.index()).isZero();
            assertThat(call.id()).isPresent();
            assertThat(call.function().orElseThrow().name()).contains("weather");
            assertThat(call.function().orElseThrow().arguments()).contains("{\"city\": \"Paris\"}");
        });
        List<ChatCompletionChunk.Choice> choices =
                chunks.stream().flatMap(chunk -> chunk.choices().stream()).toList();
        assertThat(choices)
                .allSatisfy(choice ->
                        assertThat(choice.delta().content().orElse("")).isEmpty());
        assertThat(choices.get(choices.size() - 1).finishReason())
                .contains(ChatCompletionChunk.Choice.FinishReason.TOOL_CALLS);
    }

    @Test
    void toolsThatMustNotBeCalledAreNotShown() {
        ChatCompletion without =
                client.chat().completions().create(base().maxCompletionTokens(1).build());
        ChatCompletion none = client.chat()
                .completions()
                .create(calling()
                        .toolChoice(ChatCompletionToolChoiceOption.Auto.NONE)
                        .build());

        ChatCompletion.Choice choice = none.choices().get(0);
        assertThat(choice.message().toolCalls()).isEmpty();
        assertThat(choice.message().content().orElseThrow()).startsWith("<tool_call>");
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(none.usage().orElseThrow().promptTokens())
                .isEqualTo(without.usage().orElseThrow().promptTokens());
    }

    @Test
    void aCallCannotBeForced() {
        BadRequestException error = catchThrowableOfType(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(calling()
                                .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                                .build()));

        assertThat(error.param()).contains("tool_choice");
        assertThat(error).hasMessageContaining("tool_choice must be \"auto\" or \"none\"");
    }

    /** Biases say which of three tokens comes first, and the penalty of those that were said, which come next. */
    private static ChatCompletionCreateParams.Builder calling() {
        return chat().temperature(0)
                .maxCompletionTokens(8)
                .logitBias(ChatCompletionCreateParams.LogitBias.builder()
                        .putAdditionalProperty(Integer.toString(ToolCheckpoint.BEGINNING), JsonValue.from(100))
                        .putAdditionalProperty(Integer.toString(ToolCheckpoint.END), JsonValue.from(90))
                        .putAdditionalProperty(Integer.toString(ToolCheckpoint.STOP), JsonValue.from(80))
                        .build())
                .putAdditionalBodyProperty("repetition_penalty", JsonValue.from(1.5))
                .putAdditionalBodyProperty(
                        "allowed_token_ids",
                        JsonValue.from(List.of(ToolCheckpoint.BEGINNING, ToolCheckpoint.END, ToolCheckpoint.STOP)))
                .putAdditionalBodyProperty("stop_token_ids", JsonValue.from(List.of(ToolCheckpoint.STOP)));
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return base().addFunctionTool(FunctionDefinition.builder()
                .name("weather")
                .parameters(FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .build())
                .build());
    }

    private static ChatCompletionCreateParams.Builder base() {
        return ChatCompletionCreateParams.builder().model("policy").addUserMessage("rain?");
    }

    private static ChatCompletionMessageFunctionToolCall onlyCall(ChatCompletionMessage message) {
        assertThat(message.toolCalls().orElseThrow()).hasSize(1);
        return message.toolCalls().orElseThrow().get(0).asFunction();
    }
}
