package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionChoice;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service as OpenAI's own client finds it. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class OpenAiClientTest {
    private static final JsonValue YES = JsonValue.from(true);

    private static RunningHouse house;
    private static ModelVersion served;
    private static OpenAIClient client;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        served = house.serve(Checkpoints.qwen2());
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
    void modelsAreListedByNameAndByVersion() {
        assertThat(client.models().list().data()).extracting(Model::id).contains("policy", served.toString());
        assertThat(client.models().retrieve(served.toString()).id()).isEqualTo(served.toString());
        assertThat(catchThrowableOfType(
                        NotFoundException.class, () -> client.models().retrieve("gpt-4o")))
                .hasMessageContaining("gpt-4o")
                .hasMessageContaining(served.toString());
    }

    @Test
    void aCompletionIsWhatGenerateAnswers() {
        GenerateResponse expected = house.blocking()
                .generate(GenerateRequest.newBuilder()
                        .setText("once upon a time")
                        .setSampling(Sampling.newBuilder()
                                .setSeed(17)
                                .setNumSamples(3)
                                .setTemperature(0.7f))
                        .setStopping(Stopping.newBuilder().setMaxTokens(40).setIgnoreEos(true))
                        .build());

        Completion completion = client.completions().create(story(17, 3));

        assertThat(completion.model()).isEqualTo(served.toString());
        assertThat(completion.id()).startsWith("cmpl-");
        assertThat(completion.choices()).hasSize(3).allSatisfy(choice -> {
            assertThat(choice.text())
                    .isEqualTo(expected.getSamples((int) choice.index()).getText());
            assertThat(choice.finishReason()).isEqualTo(CompletionChoice.FinishReason.LENGTH);
        });
        assertThat(completion.usage()).hasValueSatisfying(usage -> {
            assertThat(usage.promptTokens()).isEqualTo(expected.getUsage().getPromptTokens());
            assertThat(usage.completionTokens()).isEqualTo(120);
            assertThat(usage.totalTokens()).isEqualTo(usage.promptTokens() + 120);
        });
    }

    @Test
    void aStreamedCompletionAddsUpToTheWhole() {
        Completion whole = client.completions().create(story(18, 3));
        Map<Long, StringBuilder> texts = new TreeMap<>();

        try (StreamResponse<Completion> stream = client.completions().createStreaming(story(18, 3))) {
            stream.stream()
                    .flatMap(event -> event.choices().stream())
                    .forEach(choice -> texts.computeIfAbsent(choice.index(), index -> new StringBuilder())
                            .append(choice.text()));
        }

        assertThat(texts.values().stream().map(StringBuilder::toString))
                .containsExactlyElementsOf(
                        whole.choices().stream().map(CompletionChoice::text).toList());
    }

    @Test
    void aStreamedConversationAddsUpToTheWholeAndEndsWithItsUsage() {
        ChatCompletionCreateParams params = chat(5).maxCompletionTokens(30)
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        ChatCompletion whole = client.chat().completions().create(params);
        List<ChatCompletionChunk> chunks;

        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            chunks = stream.stream().toList();
        }

        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> chunk.choices()
                .forEach(choice -> text.append(choice.delta().content().orElse(""))));
        assertThat(text.toString())
                .isEqualTo(whole.choices().get(0).message().content().orElseThrow());
        assertThat(chunks.get(0).choices().get(0).delta().role()).isPresent();
        assertThat(chunks).extracting(ChatCompletionChunk::model).containsOnly(served.toString());
        assertThat(chunks.get(chunks.size() - 1).usage()).isEqualTo(whole.usage());
        assertThat(chunks.get(chunks.size() - 2)
                        .choices()
                        .get(0)
                        .finishReason()
                        .orElseThrow()
                        .asString())
                .isEqualTo(whole.choices().get(0).finishReason().asString());
    }

    @Test
    void aDevelopersMessageIsASystems() {
        long system = promptTokens(ChatCompletionCreateParams.builder().addSystemMessage("be brief"));
        long developer = promptTokens(ChatCompletionCreateParams.builder().addDeveloperMessage("be brief"));

        assertThat(developer).isEqualTo(system);
    }

    private static long promptTokens(ChatCompletionCreateParams.Builder params) {
        return client.chat()
                .completions()
                .create(params.model("policy")
                        .addUserMessage("hello")
                        .maxCompletionTokens(1)
                        .build())
                .usage()
                .orElseThrow()
                .promptTokens();
    }

    @Test
    void tokensComeWithTheirLogProbabilities() {
        ChatCompletion chat = client.chat()
                .completions()
                .create(chat(7).maxCompletionTokens(12)
                        .logprobs(true)
                        .putAdditionalBodyProperty("ignore_eos", YES)
                        .build());
        Completion completion = client.completions()
                .create(completion("once upon a time", 7)
                        .maxTokens(12)
                        .logprobs(0)
                        .putAdditionalBodyProperty("return_tokens_as_token_ids", YES)
                        .build());

        var content = chat.choices().get(0).logprobs().orElseThrow().content().orElseThrow();
        assertThat(content)
                .hasSize(12)
                .allSatisfy(token -> assertThat(token.logprob()).isNegative().isFinite());
        CompletionChoice.Logprobs logprobs =
                completion.choices().get(0).logprobs().orElseThrow();
        assertThat(logprobs.tokens().orElseThrow()).hasSize(12).allMatch(name -> name.matches("token_id:\\d+"));
        assertThat(logprobs.tokenLogprobs().orElseThrow()).hasSize(12);
    }

    @Test
    void aStopStringEndsTheTextBeforeIt() {
        String whole =
                client.completions().create(story(19, 1)).choices().get(0).text();
        String stop = whole.substring(5, 7);

        CompletionChoice choice = client.completions()
                .create(story(19, 1).toBuilder().stop(stop).build())
                .choices()
                .get(0);

        assertThat(choice.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(choice.finishReason()).isEqualTo(CompletionChoice.FinishReason.STOP);
    }

    @Test
    void severalPromptsHaveTheirChoicesInOrderHoweverTheyAreGiven() {
        List<String> texts = List.of("hello there", "once upon a time");
        List<Completion> alone = texts.stream()
                .map(text -> client.completions()
                        .create(completion(text, 3).maxTokens(8).n(2).build()))
                .toList();
        List<List<Long>> ids = texts.stream().map(OpenAiClientTest::promptIds).toList();
        CompletionCreateParams.Builder several = completion("", 3).maxTokens(8).n(2);

        Completion byText = client.completions()
                .create(several.promptOfArrayOfStrings(texts).build());
        Completion byIds = client.completions()
                .create(several.promptOfArrayOfTokenArrays(ids).build());

        List<String> expected = alone.stream()
                .flatMap(one -> one.choices().stream())
                .map(CompletionChoice::text)
                .toList();
        assertThat(byText.choices()).extracting(CompletionChoice::text).isEqualTo(expected);
        assertThat(byIds.choices()).extracting(CompletionChoice::text).isEqualTo(expected);
        assertThat(byIds.choices()).extracting(CompletionChoice::index).containsExactly(0L, 1L, 2L, 3L);
        assertThat(client.completions()
                        .create(several.promptOfArrayOfTokens(ids.get(1)).build())
                        .choices())
                .extracting(CompletionChoice::text)
                .isEqualTo(expected.subList(2, 4));
    }

    private static List<Long> promptIds(String text) {
        return house
                .blocking()
                .tokenize(TokenizeRequest.newBuilder().setText(text).build())
                .getTokenIdsList()
                .stream()
                .map(Integer::longValue)
                .toList();
    }

    @Test
    void echoPutsThePromptBeforeTheAnswer() {
        CompletionCreateParams.Builder params = completion("hello there", 4).maxTokens(5);
        String plain =
                client.completions().create(params.build()).choices().get(0).text();

        CompletionCreateParams echoing = params.echo(true).build();
        List<String> streamed = new ArrayList<>();
        try (StreamResponse<Completion> stream = client.completions().createStreaming(echoing)) {
            stream.stream().forEach(event -> streamed.add(event.choices().get(0).text()));
        }

        assertThat(client.completions().create(echoing).choices().get(0).text()).isEqualTo("hello there" + plain);
        assertThat(String.join("", streamed)).isEqualTo("hello there" + plain);
    }

    @Test
    void theCallersFaultNamesTheParameter() {
        BadRequestException samples = catchThrowableOfType(
                BadRequestException.class,
                () -> client.completions()
                        .create(completion("hello", 1).n(0).temperature(-1).build()));
        BadRequestException length = catchThrowableOfType(
                BadRequestException.class,
                () -> client.completions()
                        .create(completion("word ".repeat(200), 1).build()));
        BadRequestException tools = catchThrowableOfType(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(chat(1).putAdditionalBodyProperty(
                                        "tools", JsonValue.from(List.of(Map.of("type", "function"))))
                                .build()));

        assertThat(samples.param()).contains("temperature");
        assertThat(samples)
                .hasMessageContaining("temperature must be >= 0")
                .hasMessageContaining("n must be from 1 to 256, got 0");
        assertThat(length.code()).contains("context_length_exceeded");
        assertThat(tools.param()).contains("tools[0].function");
        assertThat(tools).hasMessageContaining("function of a tool must be an object with a name");
    }

    @Test
    void aModelThatIsNotServedIsNotFound() {
        NotFoundException error = catchThrowableOfType(
                NotFoundException.class,
                () -> client.completions()
                        .create(completion("hello", 1).model("policy@999").build()));

        assertThat(error.code()).contains("model_not_found");
        assertThat(client.completions()
                        .create(completion("hello", 1).model(served.toString()).build())
                        .model())
                .isEqualTo(served.toString());
    }

    @Test
    void aFullQueueRefusesWithTheDelayAndAnswersTheRest() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(40);
        List<Callable<Completion>> calls = IntStream.range(0, 40)
                .<Callable<Completion>>mapToObj(seed -> () -> client.completions()
                        .create(story(seed, 4).toBuilder().maxTokens(100).build()))
                .toList();
        int answered = 0;
        List<Throwable> refused = new ArrayList<>();

        for (Future<Completion> call : callers.invokeAll(calls)) {
            try {
                assertThat(call.get().choices()).hasSize(4);
                answered++;
            } catch (ExecutionException e) {
                refused.add(e.getCause());
            }
        }
        callers.shutdown();

        // Eight may wait, and one is being answered.
        assertThat(answered).isGreaterThanOrEqualTo(8);
        assertThat(refused).isNotEmpty().allSatisfy(error -> {
            RateLimitException full = (RateLimitException) error;
            assertThat(full.code()).contains("rate_limit_exceeded");
            assertThat(full.headers().values("retry-after")).containsExactly("1");
        });
    }

    private static CompletionCreateParams.Builder completion(String prompt, long seed) {
        return CompletionCreateParams.builder().model("policy").prompt(prompt).seed(seed);
    }

    private static CompletionCreateParams story(long seed, long samples) {
        return completion("once upon a time", seed)
                .n(samples)
                .maxTokens(40)
                .temperature(0.7)
                .putAdditionalBodyProperty("ignore_eos", YES)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat(long seed) {
        return ChatCompletionCreateParams.builder()
                .model("policy")
                .addSystemMessage("be brief")
                .addUserMessage("hello there")
                .putAdditionalBodyProperty("seed", JsonValue.from(seed));
    }
}
