package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that begin with one version of a model and go on with another. */
final class HandOverTest {
    private static final int SLOTS = 6;
    private static final int CONTEXT = 128;
    private static final double TOLERANCE = 1e-4;
    private static final long SEED = 77;
    /** Requests that are moved and cancelled are among so many that came last. */
    private static final int LATEST = 5;

    private static final int[] PROMPT = {10, 20, 30, 40, 50};
    private static final ComputeSettings COMPUTE = ComputeSettings.cpu(1);

    /** A prefix cache, and prompts that take several steps. */
    private static final EngineSettings SETTINGS =
            new EngineSettings(SLOTS, CONTEXT, 0, 1 << 20, 16, Precision.FLOAT32, Precision.FLOAT32, false, COMPUTE);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path model = model("qwen2");
    private Path other = model;

    @BeforeEach
    void writeOther(@TempDir Path directory) throws IOException {
        other = OtherWeights.write(model, Files.createDirectory(directory.resolve("other")), 0.3, SEED);
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    @Test
    void nothingOfAnAnswerChangesIfTheOtherWeightsAreTheSame() {
        GenerationEngine staying = open(model);
        String stop = spoken(staying).substring(20, 23);
        List<Collector> unmoved = new ArrayList<>();
        for (GenerationRequest request : allKinds(stop)) {
            unmoved.add(new Collector());
            staying.submit(request, unmoved.get(unmoved.size() - 1));
        }
        drain(staying);

        List<GenerationEngine> both = List.of(open(model), open(model));
        List<Collector> moved = new ArrayList<>();
        List<Generation> generations = new ArrayList<>();
        for (GenerationRequest request : allKinds(stop)) {
            moved.add(new Collector());
            generations.add(both.get(0).submit(request, moved.get(moved.size() - 1)));
        }
        assertThat(both.get(0).waiting()).isPositive();
        int here = 0;
        // An uneven number of steps between hand-overs, so that they fall into prompts, into what is read again, and
        // between.
        for (int steps = 1; both.get(here).poll() > 0; steps++) {
            if (steps % 7 == 0) {
                assertThat(both.get(here).handOver(generations, both.get(1 - here)))
                        .isTrue();
                assertThat(both.get(here).running() + both.get(here).waiting()).isZero();
                here = 1 - here;
            }
        }

        for (int i = 0; i < moved.size(); i++) {
            assertThat(moved.get(i).failures()).isEmpty();
            assertAlike(moved.get(i).samples(), unmoved.get(i).samples());
            assertThat(moved.get(i).prompts()).hasSameSizeAs(unmoved.get(i).prompts());
        }
        assertThat(moved.stream().flatMap(each -> each.samples().stream()).map(GeneratedSample::finishReason))
                .contains(FinishReason.LENGTH, FinishReason.STOP_STRING);
    }

    /** Penalties, a stop string, alternatives, a prompt that is told of; more answers than slots. */
    private static List<GenerationRequest> allKinds(String stop) {
        SamplingParameters plain = SamplingParameters.plain(1);
        SamplingParameters cut = new SamplingParameters(0.8f, 50, 0.95f, 0).with(new Penalties(1.3f, 0.5f, 0.5f));
        StopConditions whole = length(40);
        StopConditions stopped = new StopConditions(60, 3, List.of(stop), new int[0], true);
        return List.of(
                GenerationRequest.of(PROMPT, 2, plain, whole, 1),
                GenerationRequest.of(PROMPT, 1, plain, stopped, SEED),
                GenerationRequest.of(new int[50], 2, cut, whole, 2).reporting(new LogProbReport(3, true)),
                GenerationRequest.of(PROMPT, 3, cut, whole, 3).reporting(new LogProbReport(2, false)),
                GenerationRequest.of(new int[20], 2, plain, whole, 4));
    }

    private static String spoken(GenerationEngine engine) {
        Collector collector = new Collector();
        engine.submit(GenerationRequest.of(PROMPT, 1, SamplingParameters.plain(1), length(60), SEED), collector);
        drain(engine);
        return collector.only().text();
    }

    private static void assertAlike(List<GeneratedSample> some, List<GeneratedSample> others) {
        assertThat(some).hasSameSizeAs(others);
        for (int i = 0; i < some.size(); i++) {
            GeneratedSample one = some.get(i);
            GeneratedSample two = others.get(i);
            assertThat(one.ids()).containsExactly(two.ids());
            assertThat(one.text()).isEqualTo(two.text());
            assertThat(one.finishReason()).isEqualTo(two.finishReason());
            assertThat(one.top()).hasSameSizeAs(two.top());
            for (int token = 0; token < one.ids().length; token++) {
                assertThat(Math.abs((double) one.logProbs()[token] - two.logProbs()[token]))
                        .isLessThan(TOLERANCE);
                assertThat(Math.abs((double) one.rawLogProbs()[token] - two.rawLogProbs()[token]))
                        .isLessThan(TOLERANCE);
            }
        }
    }

    @Test
    void anAnswerOutlivesTheEngineThatItBeganIn() throws Exception {
        GenerationEngine heir = open(other);
        Tokenizer tokenizer = Tokenizer.load(model);
        GenerationEngine first = new GenerationEngine(model, tokenizer, SETTINGS);
        Authored answer = new Authored();
        GenerationRequest request = GenerationRequest.of(PROMPT, 2, SamplingParameters.plain(1), length(40), SEED);
        Generation generation = first.submit(request, answer);
        for (int step = 0; step < 15; step++) {
            first.poll();
        }

        assertThat(first.handOver(List.of(generation), heir)).isTrue();
        answer.version = 1;
        assertThat(first.reservedBytes()).isZero();
        first.close();
        tokenizer.close();
        drain(heir);

        assertThat(answer.samples()).hasSize(2).allSatisfy(sample -> {
            assertThat(answer.versions(sample.index()).subList(0, 15)).containsOnly(0);
            assertThat(answer.versions(sample.index()).subList(15, 40)).containsOnly(1);
        });
        assertForced(List.of(frozen(model), frozen(other)), request, answer);
    }

    @Test
    void requestsStayWhereNotAllOfThemCanGoOn() {
        GenerationEngine engine = open(model);
        Collector collector = new Collector();
        Generation generation =
                engine.submit(GenerationRequest.of(PROMPT, 3, SamplingParameters.GREEDY, length(20), SEED), collector);
        engine.poll();
        engine.poll();
        GenerationEngine narrow = open(model, new EngineSettings(2, CONTEXT, COMPUTE));
        GenerationEngine shorter = open(model, new EngineSettings(SLOTS, CONTEXT / 2, COMPUTE));
        GenerationEngine foreign = open(model("gpt2"));
        GenerationEngine full = open(model);
        full.submit(GenerationRequest.of(PROMPT, 4, SamplingParameters.GREEDY, length(20), SEED), new Collector());
        full.poll();

        for (GenerationEngine heir : List.of(narrow, shorter, foreign, full)) {
            assertThat(engine.handOver(List.of(generation), heir)).isFalse();
            assertThat(engine.running()).isEqualTo(3);
        }

        drain(engine);
        assertThat(collector.samples()).hasSize(3);
        assertThat(engine.handOver(List.of(generation), full))
                .as("nothing is left of it")
                .isTrue();
        assertThat(full.running()).isEqualTo(4);
    }

    /** Of tokens without number, rounding alone takes one now and then past the tolerance; of these it takes none. */
    @ParameterizedTest
    @ValueSource(longs = {77, 78, 79})
    void randomRequestsEndOnceHoweverTheyAreMovedAndCancelled(long seed) {
        Random random = new Random(seed);
        List<FrozenModel> frozen = List.of(frozen(model), frozen(other));
        List<GenerationEngine> engines = List.of(open(model), open(other));
        List<GenerationRequest> requests = new ArrayList<>();
        List<Authored> answers = new ArrayList<>();
        List<Generation> generations = new ArrayList<>();
        int stayed = 0;
        int moved = 0;
        for (int step = 0; step < 1500; step++) {
            if (random.nextInt(12) == 0) {
                Authored answer = new Authored();
                answer.version = random.nextInt(2);
                GenerationRequest request =
                        request(random, frozen.get(0).config().vocabularySize());
                requests.add(request);
                answers.add(answer);
                generations.add(engines.get(answer.version).submit(request, answer));
            }
            int chosen = generations.size() - 1 - random.nextInt(LATEST);
            if (chosen >= 0 && random.nextInt(40) == 0) {
                generations.get(chosen).cancel(FinishReason.CANCELLED);
            }
            if (chosen >= 0 && random.nextInt(3) == 0) {
                Authored answer = answers.get(chosen);
                boolean moves = engines.get(answer.version)
                        .handOver(List.of(generations.get(chosen)), engines.get(1 - answer.version));
                answer.version = moves ? 1 - answer.version : answer.version;
                boolean open = answer.samples().size() < requests.get(chosen).samples();
                moved += open && moves ? 1 : 0;
                stayed += moves ? 0 : 1;
            }
            engines.forEach(GenerationEngine::poll);
            assertPlaced(engines, requests, answers);
        }
        engines.forEach(HandOverTest::drain);
        assertPlaced(engines, requests, answers);

        int tokens = 0;
        for (int i = 0; i < requests.size(); i++) {
            assertThat(answers.get(i).failures()).isEmpty();
            assertThat(answers.get(i).samples()).hasSize(requests.get(i).samples());
            tokens += assertForced(frozen, requests.get(i), answers.get(i));
        }
        System.out.println(requests.size() + " requests, " + moved + " moves, " + stayed
                + " refused for want of slots, " + tokens + " tokens compared");
        assertThat(moved).isGreaterThan(100);
        assertThat(stayed).isPositive();
        assertThat(tokens).isGreaterThan(2000);
    }

    /** Every answer that has not ended is in one place of one engine, within its memory. */
    private static void assertPlaced(
            List<GenerationEngine> engines, List<GenerationRequest> requests, List<Authored> answers) {
        int running = 0;
        int waiting = 0;
        for (GenerationEngine engine : engines) {
            assertThat(engine.running()).isLessThanOrEqualTo(SLOTS);
            assertThat(engine.reservedBytes())
                    .isLessThanOrEqualTo(engine.statistics().cacheBytes());
            running += engine.running();
            waiting += engine.waiting();
        }
        int open = 0;
        int silent = 0;
        for (int i = 0; i < requests.size(); i++) {
            int unended = requests.get(i).samples() - answers.get(i).samples().size();
            open += unended;
            silent += answers.get(i).tokens(0) == 0 ? unended : 0;
        }
        assertThat(running).isLessThanOrEqualTo(open).isGreaterThanOrEqualTo(open - silent);
        assertThat(waiting == 0).isEqualTo(running == open);
    }

    private static GenerationRequest request(Random random, int vocabulary) {
        int[] prompt = random.ints(1 + random.nextInt(50), 0, vocabulary).toArray();
        return GenerationRequest.of(
                prompt,
                1 + random.nextInt(3),
                SamplingParameters.plain(1),
                length(1 + random.nextInt(60)),
                random.nextLong());
    }

    /** Each version computes the log-probabilities of its own tokens after all before them; how many were compared. */
    private static int assertForced(List<FrozenModel> frozen, GenerationRequest request, Authored answer) {
        int compared = 0;
        for (GeneratedSample sample : answer.samples()) {
            if (sample.ids().length == 0) {
                continue;
            }
            int[] prompt = request.promptIds();
            int[] ids = Arrays.copyOf(prompt, prompt.length + sample.ids().length);
            System.arraycopy(sample.ids(), 0, ids, prompt.length, sample.ids().length);
            MicroBatch batch = new MicroBatch(List.of(new TokenSequence(ids, prompt.length)), 1);
            for (int version = 0; version < frozen.size(); version++) {
                float[] forced = frozen.get(version).evaluate(batch).logProbs()[0];
                for (int token = 0; token < forced.length; token++) {
                    if (answer.versions(sample.index()).get(token) == version) {
                        assertThat(Math.abs((double) sample.rawLogProbs()[token] - forced[token]))
                                .isLessThan(TOLERANCE);
                        compared++;
                    }
                }
            }
        }
        return compared;
    }

    /** Notes which version each token is of. */
    private static final class Authored extends Collector {
        private final Map<Integer, List<Integer>> versions = new HashMap<>();
        private int version;

        @Override
        public void onToken(int sample, GeneratedToken token, String textDelta) {
            super.onToken(sample, token, textDelta);
            versions.computeIfAbsent(sample, key -> new ArrayList<>()).add(version);
        }

        private List<Integer> versions(int sample) {
            return versions.getOrDefault(sample, List.of());
        }
    }

    private static StopConditions length(int tokens) {
        return new StopConditions(tokens, 0, List.of(), new int[0], true);
    }

    private static Path model(String name) {
        return GreedyVectors.models().stream()
                .filter(directory -> directory.endsWith(name))
                .findFirst()
                .orElseThrow();
    }

    private GenerationEngine open(Path checkpoint) {
        return open(checkpoint, SETTINGS);
    }

    private GenerationEngine open(Path checkpoint, EngineSettings settings) {
        Tokenizer tokenizer = Tokenizer.load(checkpoint);
        opened.add(tokenizer);
        GenerationEngine engine = new GenerationEngine(checkpoint, tokenizer, settings);
        opened.add(engine);
        return engine;
    }

    private FrozenModel frozen(Path checkpoint) {
        FrozenModel frozen = FrozenModel.load(checkpoint, COMPUTE);
        opened.add(frozen);
        return frozen;
    }

    private static void drain(GenerationEngine engine) {
        while (engine.poll() > 0) {}
    }
}
