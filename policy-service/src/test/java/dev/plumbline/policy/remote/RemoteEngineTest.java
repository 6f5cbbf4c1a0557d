package dev.plumbline.policy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GenerationRequest;
import dev.plumbline.lm.generate.SamplingParameters;
import dev.plumbline.lm.generate.StopConditions;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.Engine;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.Defect;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.error.ServiceException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An engine whose server is away, busy, silent, or answers what cannot be used. The test is the thread that polls. */
@Timeout(120)
class RemoteEngineTest {
    private static final ModelVersion FIRST = new ModelVersion("policy", 1);
    private static final ModelVersion SECOND = new ModelVersion("policy", 2);
    private static final RemoteTerms.Capacity CAPACITY = new RemoteTerms.Capacity(4, 4096);
    private static final StopConditions TWO_TOKENS = StopConditions.maxTokens(2);
    private static final String GOOD = event("[1, 2]", "[-0.5, -1.5]", "\"length\"") + "data: [DONE]\n\n";

    private final ScriptedServer server = new ScriptedServer();
    private final Tokenizer tokenizer = Tokenizer.load(Checkpoints.qwen2());
    private final AtomicLong nanos = new AtomicLong();
    private final Collector told = new Collector();

    RemoteEngineTest() throws IOException {}

    @AfterEach
    void close() {
        server.close();
        tokenizer.close();
    }

    @Test
    void anAnswerHasItsTokensWithTheirLogProbabilities() {
        server.next(200, GOOD);

        run(listed());

        assertThat(told.samples).singleElement().satisfies(sample -> {
            assertThat(sample.ids()).containsExactly(1, 2);
            assertThat(sample.text()).isEqualTo("ab");
            assertThat(sample.logProbs()).containsExactly(-0.5f, -1.5f);
            assertThat(sample.rawLogProbs()).containsExactly(-0.5f, -1.5f);
            assertThat(sample.finishReason()).isEqualTo(FinishReason.LENGTH);
        });
    }

    @Test
    void aServerThatIsBusyOrAwayIsAskedAgain() {
        server.next(429, "{\"error\": {\"message\": \"full\"}}");
        server.next(503, "");
        server.next(200, GOOD);

        run(listed());

        assertThat(told.failure).isEmpty();
        assertThat(told.samples).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"429, QUEUE_FULL", "502, ENGINE_AWAY", "503, ENGINE_AWAY", "404, MODEL_GONE"})
    void whatDoesNotPassInTimeIsNotNow(int status, String reason) {
        for (int attempt = 0; attempt < 3; attempt++) {
            server.next(status, "{\"error\": {\"message\": \"come back\"}}");
        }

        run(listed());

        assertThat(failure(NotNow.class).reason()).isEqualTo(reason);
        assertThat(failure(NotNow.class)).hasMessageContaining("answered " + status + ": come back");
    }

    @Test
    void aServerThatWentAwayIsNotNow() {
        Engine engine = listed();
        server.close();

        run(engine);

        assertThat(failure(NotNow.class).reason()).isEqualTo("ENGINE_AWAY");
        assertThat(engine.freeSlots()).isEqualTo(4);
    }

    @Test
    void aRefusalIsTheCallersFaultInTheServersWords() {
        server.next(400, "{\"error\": {\"message\": \"top_k must be less odd\"}}");

        run(listed());

        assertThat(failure(CallerFault.class))
                .hasMessageContaining("refuses the request: top_k must be less odd")
                .hasMessageContaining(server.url());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "nonsense | sent what is no JSON",
                "{\"model\": \"policy@9\", \"choices\": []} | answered by the model \"policy@9\" where policy@1 was asked",
                "{\"model\": \"policy@1\", \"choices\": [{\"index\": 7}]} | sent answer 7 where 1 were asked for",
                "{\"model\": \"policy@1\", \"choices\": [{\"index\": 0, \"text\": \"a\"}]} | it must know return_token_ids",
                "{\"error\": {\"message\": \"out of memory\"}} | failed: out of memory"
            })
    void whatCannotBeUsedIsADefect(String data, String message) {
        server.next(200, "data: " + data + "\n\n");

        run(listed());

        assertThat(failure(Defect.class)).hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[1, 2] | [-0.5] | `\"length\"` | gave 2 token_ids and 1 token_logprobs",
                "[1, 2] | [-0.5, null] | `\"length\"` | the log-probability null, which is no finite number",
                "[1, \"b\"] | [-0.5, -1] | `\"length\"` | gave the token id \"b\"",
                "[1] | [-0.5] | `\"length\"` | cut an answer off after 1 of 2 tokens",
                "[1, 2, 3] | [-0.5, -1, -1] | `\"length\"` | ended an answer after 3 of 2 tokens",
                "[] | [] | `\"stop\"` | ended an answer after 0 of 2 tokens",
                "[1] | [-0.5] | `\"stop\"` | ended an answer at the token 1, which neither the checkpoint nor",
                "[1] | [-0.5] | `\"repetition\"` | ended an answer by \"repetition\""
            })
    void whatIsNotCompleteIsADefect(String ids, String logProbs, String finish, String message) {
        server.next(200, event(ids, logProbs, finish));

        run(listed());

        assertThat(failure(Defect.class)).hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"abort\""})
    void anAnswerThatIsBrokenOffIsNotNow(String finish) {
        server.next(200, event("[1]", "[-0.5]", finish));

        run(listed());

        assertThat(failure(NotNow.class)).hasMessageContaining("broke off an answer");
    }

    @Test
    void aServerThatFallsSilentIsNotNow() {
        server.hang(event("[1]", "[-0.5]", "null"));
        Engine engine = listed();
        submit(engine);
        pollUntil(engine, () -> told.tokens.size() == 1);

        nanos.addAndGet(Duration.ofSeconds(31).toNanos());
        engine.poll();

        assertThat(failure(NotNow.class)).hasMessageContaining("has been silent for 30 s");
        assertThat(engine.running()).isZero();
    }

    @Test
    void whatIsCancelledEndsWithWhatItHas() {
        server.hang(event("[1]", "[-0.5]", "null"));
        Engine engine = listed();
        Engine.Submission submission = submit(engine);
        pollUntil(engine, () -> told.tokens.size() == 1);

        submission.cancel(FinishReason.DEADLINE);
        pollUntil(engine, told::ended);

        assertThat(told.samples).singleElement().satisfies(sample -> {
            assertThat(sample.ids()).containsExactly(1);
            assertThat(sample.finishReason()).isEqualTo(FinishReason.DEADLINE);
        });
        assertThat(engine.freeSlots()).isEqualTo(4);
    }

    @Test
    void samplingWhoseLogProbabilitiesTheServerDoesNotTellIsRefusedByName() {
        server.probedBy(-0.7);
        Engine engine = listed();

        engine.submit(request(SamplingParameters.plain(0.5f)), told);
        engine.poll();

        assertThat(failure(CallerFault.class)).hasMessageContaining("--logprobs-mode processed_logprobs");
        server.next(200, GOOD);
        Collector plain = new Collector();
        engine.submit(request(SamplingParameters.plain(1)), plain);
        pollUntil(engine, plain::ended);
        assertThat(plain.failure).isEmpty();
    }

    @Test
    void givenResponsesAreRefusedByName() {
        Engine engine = listed();

        assertThatThrownBy(() -> engine.submitGiven(new TokenSequence(new int[] {1, 2}, 1), 1, told))
                .isInstanceOf(CallerFault.class)
                .hasMessageContaining("entropies");
    }

    @Test
    void aVersionThatIsNotListedYetIsNotNow() {
        assertThatThrownBy(
                        () -> engines(RemoteSettings.listed(server.url())).open(SECOND, Checkpoints.qwen2(), tokenizer))
                .isInstanceOf(NotNow.class)
                .hasMessageContaining("does not list policy@2 yet");
    }

    @Test
    void weightsAreReloadedOnceWhatRunsHasEnded() throws Exception {
        RemoteEngines engines = engines(RemoteSettings.reload(server.url()));
        Engine first = engines.open(FIRST, Checkpoints.qwen2(), tokenizer);
        assertThat(server.calls())
                .containsExactly(
                        "/pause?mode=wait {}",
                        "/collective_rpc {\"method\":\"reload_weights\",\"kwargs\":{\"weights_path\":\""
                                + Checkpoints.qwen2().toAbsolutePath() + "\"}}",
                        "/reset_prefix_cache {}",
                        "/resume {}",
                        "/v1/completions");
        server.calls().clear();
        server.hang("");
        Engine.Submission running = submit(first);

        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            CompletableFuture<Engine> second =
                    CompletableFuture.supplyAsync(() -> engines.open(SECOND, Checkpoints.qwen2(), tokenizer), thread);
            await().until(() -> first.freeSlots() == 0);
            assertThat(server.calls()).doesNotContain("/pause?mode=wait {}");

            running.cancel(FinishReason.CANCELLED);
            pollUntil(first, second::isDone);
            second.get();
        } finally {
            thread.shutdown();
        }

        Collector late = new Collector();
        first.submit(request(SamplingParameters.plain(1)), late);
        first.poll();
        assertThat(late.failure).containsInstanceOf(NotNow.class);
        assertThat(late.failure.orElseThrow()).hasMessageContaining("has no policy@1 any more");
        assertThatThrownBy(() -> engines.open(FIRST, Checkpoints.qwen2(), tokenizer))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has one set of weights, policy@2, which only a newer version replaces");
    }

    @Test
    void allThatIsWrongWithTheSettingsIsToldAtOnce() {
        RemoteSettings wrong = new RemoteSettings(
                Optional.of("localhost:8000/v1"),
                Optional.of("two words"),
                UpdateWay.RELOAD,
                Optional.empty(),
                -1,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));

        assertThatThrownBy(() -> engines(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("plumbline.policy.remote.url must be http:// or https://")
                .hasMessageContaining("got localhost:8000/v1")
                .hasMessageContaining("plumbline.policy.remote.token must be of visible ASCII")
                .hasMessageContaining("plumbline.policy.remote.retries must be from 0 to 16, got -1");
    }

    @Test
    void settingsOfAServerThatIsNotThereAreTold() {
        RemoteSettings lost = new RemoteSettings(
                Optional.empty(),
                Optional.of("secret"),
                UpdateWay.LISTED,
                Optional.empty(),
                0,
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1));

        assertThatThrownBy(() -> engines(lost)).hasMessageContaining("plumbline.policy.remote.url is required");
    }

    private Engine listed() {
        return engines(RemoteSettings.listed(server.url())).open(FIRST, Checkpoints.qwen2(), tokenizer);
    }

    private RemoteEngines engines(RemoteSettings settings) {
        return RemoteEngines.of(settings, CAPACITY, new RemoteEngines.Clockwork(() -> {}, nanos::get))
                .orElseThrow();
    }

    private Engine.Submission submit(Engine engine) {
        return engine.submit(request(SamplingParameters.plain(1)), told);
    }

    private void run(Engine engine) {
        submit(engine);
        pollUntil(engine, told::ended);
    }

    private static void pollUntil(Engine engine, Callable<Boolean> so) {
        await().pollInSameThread()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    engine.poll();
                    return so.call();
                });
    }

    private <T extends ServiceException> T failure(Class<T> kind) {
        assertThat(told.failure).containsInstanceOf(kind);
        return kind.cast(told.failure.orElseThrow());
    }

    private static GenerationRequest request(SamplingParameters sampling) {
        return GenerationRequest.of(new int[] {5, 6}, 1, sampling, TWO_TOKENS, 17);
    }

    private static String event(String ids, String logProbs, String finish) {
        return """
                data: {"model": "policy@1", "choices": [{"index": 0, "text": "ab", "token_ids": %s, \
                "logprobs": {"token_logprobs": %s}, "finish_reason": %s}]}

                """.formatted(ids, logProbs, finish);
    }
}
