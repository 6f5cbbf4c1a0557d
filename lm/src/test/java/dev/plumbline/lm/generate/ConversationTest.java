package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests whose prompts are what was asked and answered before, and another question. */
final class ConversationTest {
    private static final int SLOTS = 4;
    private static final int CONTEXT = 640;
    private static final int BLOCK = PrefixIndex.TOKENS;
    private static final long SEED = 77;
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);

    @TempDir
    private Path directory;

    private final Random random = new Random(SEED);
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    static List<Path> models() {
        return LongAnswersTest.rotaryModels();
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatWasAskedAndAnsweredIsNotReadAgain(Path model) throws IOException {
        Path longer = GreedyVectors.withContext(model, CONTEXT, directory);
        GenerationEngine engine = open(longer, settings(false));
        FrozenModel frozen = FrozenModel.load(longer, COMPUTE);
        opened.add(frozen);
        int[] said = {};
        int compared = 0;
        // The second answer ends with a block, whose last token was drawn but not written.
        for (int[] turn : new int[][] {{50, 100}, {10, 96}, {5, 200}, {40, 30}}) {
            int[] prompt = TeacherForcing.join(said, question(turn[0]));
            long before = engine.statistics().reusedTokens();
            GenerationRequest request = request(prompt, turn[1]).inConversation(true);
            GeneratedSample answer = run(engine, request).only();
            assertThat(engine.statistics().reusedTokens() - before).isEqualTo(whole(said.length - 1));
            compared += TeacherForcing.requireEqual(frozen, request, answer);
            said = TeacherForcing.join(prompt, answer.ids());
        }
        assertThat(compared).isEqualTo(100 + 96 + 200 + 30);
    }

    @Test
    void eachOfSeveralAnswersMayBeTheOneThatIsGoneOnWith() throws IOException {
        GenerationEngine engine = open(longer(), settings(false));
        GenerationRequest first = request(question(70), 3, 90).inConversation(true);
        for (GeneratedSample answer : run(engine, first).samples()) {
            long before = engine.statistics().reusedTokens();
            run(engine, request(next(first, answer), 4));
            assertThat(engine.statistics().reusedTokens() - before).isEqualTo(whole(159));
        }
    }

    @Test
    void answersThatNobodyGoesOnWithAreNotKept() throws IOException {
        GenerationEngine engine = open(longer(), settings(false));
        GenerationRequest request = request(question(50), 100);
        GeneratedSample answer = run(engine, request).only();
        run(engine, request(next(request, answer), 4));
        assertThat(engine.statistics().reusedTokens()).isEqualTo(whole(50));
    }

    @Test
    void neitherAreThoseThatAreCutOff() throws IOException {
        GenerationEngine engine = open(longer(), settings(false));
        GenerationRequest request = request(question(50), 100).inConversation(true);
        Collector cut = new Collector();
        Generation generation = engine.submit(request, cut);
        while (cut.tokens(0) < 80) {
            engine.poll();
        }
        generation.cancel(FinishReason.CANCELLED);
        drain(engine);
        run(engine, request(next(request, cut.only()), 4));
        assertThat(engine.statistics().reusedTokens()).isEqualTo(whole(50));
    }

    @Test
    void anAnswerOfTwoVersionsIsKnownToTheOneThatItEndedWithInItsOwnNumbers() throws IOException {
        Path model = longer();
        Path other = OtherWeights.write(model, Files.createDirectory(directory.resolve("other")), 0.3, SEED);
        GenerationEngine first = open(model, settings(false));
        GenerationEngine heir = open(other, settings(false));
        FrozenModel frozen = FrozenModel.load(other, COMPUTE);
        opened.add(frozen);
        GenerationRequest request = request(question(50), 100).inConversation(true);
        Collector collector = new Collector();
        Generation generation = first.submit(request, collector);
        while (collector.tokens(0) < 60) {
            first.poll();
        }
        assertThat(first.handOver(List.of(generation), heir)).isTrue();
        drain(heir);

        GenerationRequest second = request(next(request, collector.only()), 20).inConversation(true);
        GeneratedSample answer = run(heir, second).only();
        assertThat(heir.statistics().reusedTokens()).isEqualTo(whole(149));
        assertThat(TeacherForcing.requireEqual(frozen, second, answer)).isEqualTo(20);
        run(first, second);
        assertThat(first.statistics().reusedTokens()).isEqualTo(whole(50));
    }

    @ParameterizedTest
    @MethodSource("models")
    void aDeterministicEngineReadsAnswersAgainSinceTheyMayHaveOtherBitsThen(Path golden) throws IOException {
        Path model = GreedyVectors.withContext(golden, CONTEXT, directory);
        GenerationEngine engine = open(model, settings(true));
        GenerationRequest request = request(question(50), 100).inConversation(true);
        GenerationRequest second = request(next(request, run(engine, request).only()), 20);
        GeneratedSample answer = run(engine, second).only();
        GeneratedSample alone = run(open(model, settings(true)), second).only();
        assertThat(answer.ids()).containsExactly(alone.ids());
        assertThat(answer.rawLogProbs()).containsExactly(alone.rawLogProbs());
        assertThat(engine.statistics().reusedTokens()).isEqualTo(whole(50));
    }

    private int[] next(GenerationRequest request, GeneratedSample answer) {
        return TeacherForcing.join(TeacherForcing.join(request.promptIds(), answer.ids()), question(20));
    }

    /** So many tokens, as whole blocks. */
    private static int whole(int tokens) {
        return Math.max(0, tokens) / BLOCK * BLOCK;
    }

    private int[] question(int tokens) {
        return random.ints(tokens, 3, 400).toArray();
    }

    private static GenerationRequest request(int[] prompt, int tokens) {
        return request(prompt, 1, tokens);
    }

    private static GenerationRequest request(int[] prompt, int answers, int tokens) {
        StopConditions stop = new StopConditions(tokens, 0, List.of(), new int[0], true);
        return GenerationRequest.of(prompt, answers, SamplingParameters.plain(1), stop, SEED);
    }

    private static EngineSettings settings(boolean deterministic) {
        return new EngineSettings(
                SLOTS, CONTEXT, 0, 16 << 20, 64, Precision.FLOAT32, Precision.FLOAT32, deterministic, COMPUTE);
    }

    private Path longer() throws IOException {
        return GreedyVectors.withContext(models().get(0), CONTEXT, directory);
    }

    private GenerationEngine open(Path model, EngineSettings settings) {
        Tokenizer tokenizer = Tokenizer.load(model);
        opened.add(tokenizer);
        GenerationEngine engine = new GenerationEngine(model, tokenizer, settings);
        opened.add(engine);
        return engine;
    }

    private static Collector run(GenerationEngine engine, GenerationRequest request) {
        Collector collector = new Collector();
        engine.submit(request, collector);
        drain(engine);
        return collector;
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }
}
