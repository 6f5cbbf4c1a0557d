package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.CountedEngines;
import dev.plumbline.policy.model.KeyValueBudget;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.ModelLoader;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A room whose served version changes, with one server's memory for all of them, and what computes whole sequences with each
 * version's weights; the test is the thread that polls.
 */
abstract class SwappedRoom {
    static final ModelVersion OLD = new ModelVersion("policy", 1);
    static final ModelVersion NEW = new ModelVersion("policy", 2);
    static final int SLOTS = 4;
    static final int MOST_QUEUED = 8;
    static final double TOLERANCE = 1e-4;

    /** One more than versions that are usually in memory, so that what one leaves there never suits the next. */
    private static final int WEIGHTS = 3;

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final CountedEngines engines;
    final ModelLoader loader;
    final ModelShelf shelf;
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    EngineRoom room;

    private final List<Path> checkpoints = new ArrayList<>();
    private final List<FrozenModel> frozen = new ArrayList<>();

    SwappedRoom(EngineSettings settings, KeyValueBudget budget) {
        engines = new CountedEngines(settings, budget);
        loader = new ModelLoader(engines);
        shelf = TestShelf.serving(OLD, Checkpoints.qwen2(), loader);
        room = room(Swap.CONTINUE);
    }

    @BeforeEach
    void write(@TempDir Path directory) throws IOException {
        checkpoints.add(Checkpoints.qwen2());
        for (int weights = 1; weights < WEIGHTS; weights++) {
            Path relearnt = Files.createDirectory(directory.resolve("relearnt-" + weights));
            checkpoints.add(Checkpoints.relearnt(relearnt, weights));
        }
        for (Path checkpoint : checkpoints) {
            frozen.add(FrozenModel.load(checkpoint, ComputeSettings.cpu(1)));
        }
    }

    @AfterEach
    void close() {
        room.finish();
        frozen.forEach(FrozenModel::close);
    }

    /** Which of the weights a version has; they come in turn. */
    private static int weights(ModelVersion version) {
        return (int) ((version.version() - OLD.version()) % WEIGHTS);
    }

    Path checkpoint(ModelVersion version) {
        return checkpoints.get(weights(version));
    }

    /** Serves a version, and lets the one before it go. */
    void swap(ModelVersion version) {
        ModelVersion before = shelf.served().orElseThrow();
        TestShelf.add(shelf, version, checkpoint(version), loader);
        TestShelf.serve(shelf, version);
        TestShelf.retire(shelf, before);
    }

    ModelLease served() {
        return shelf.leaseServed().orElseThrow();
    }

    EngineRoom room(Swap swap) {
        return new EngineRoom(
                shelf,
                new EngineRoom.Limits(2 * MOST_QUEUED, 10_000, Duration.ofMillis(250), 0.5),
                new Succession(shelf, swap, new ServingMeters(registry), System::nanoTime),
                new Releases(registry),
                () -> now);
    }

    void pollUntilEmpty() {
        while (room.poll() > 0 || room.load().queued() > 0) {}
    }

    /** The versions' spans hold all tokens without a gap, and each computes its own; how many there are. */
    int assertForced(Collected answer) {
        int tokens = 0;
        for (GeneratedSample sample : answer.samples) {
            assertThat(sample.ids()).containsExactly(answer.tokens(sample.index()));
            assertThat(sample.text()).startsWith(answer.text(sample.index()));
            int from = 0;
            for (ModelVersionSpan span : answer.spans.getOrDefault(sample.index(), List.of())) {
                assertThat(span.getFromToken()).isEqualTo(from);
                from = span.getToToken();
                assertForced(answer.plan.promptIds(), sample, span);
            }
            assertThat(from).isEqualTo(sample.ids().length);
            tokens += from;
        }
        return tokens;
    }

    private void assertForced(int[] prompt, GeneratedSample sample, ModelVersionSpan span) {
        if (sample.ids().length == 0) {
            return;
        }
        int[] ids = IntStream.concat(IntStream.of(prompt), IntStream.of(sample.ids()))
                .toArray();
        float[] forced = forced(ModelVersion.parse(span.getModel()), new TokenSequence(ids, prompt.length));
        for (int token = span.getFromToken(); token < span.getToToken(); token++) {
            assertThat(Math.abs((double) sample.rawLogProbs()[token] - forced[token]))
                    .as("token %d by %s", token, span.getModel())
                    .isLessThan(TOLERANCE);
        }
    }

    /** Log-probabilities of a response by a version's weights. */
    float[] forced(ModelVersion version, TokenSequence sequence) {
        return frozen.get(weights(version))
                .evaluate(new MicroBatch(List.of(sequence), 1))
                .logProbs()[0];
    }
}
