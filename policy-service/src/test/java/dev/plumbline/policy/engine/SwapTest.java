package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GeneratedSample;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of answers when another version is served; the test is the thread that polls. */
class SwapTest {
    private static final ModelVersion OLD = new ModelVersion("policy", 1);
    private static final ModelVersion NEW = new ModelVersion("policy", 2);
    private static final int SLOTS = 4;
    private static final int MOST_QUEUED = 8;
    private static final long SEED = 77;
    private static final double TOLERANCE = 1e-4;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ModelShelf shelf = TestShelf.serving(OLD, Checkpoints.qwen2(), SLOTS);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private EngineRoom room = room(Swap.CONTINUE);
    private Path relearnt = Path.of("");
    /** What computes whole sequences, by checkpoint. */
    private final Map<Path, FrozenModel> frozen = new HashMap<>();

    @BeforeEach
    void write(@TempDir Path directory) throws IOException {
        relearnt = Checkpoints.relearnt(Files.createDirectory(directory.resolve("relearnt")));
        for (Path checkpoint : List.of(Checkpoints.qwen2(), relearnt)) {
            frozen.put(checkpoint, FrozenModel.load(checkpoint, ComputeSettings.cpu(1)));
        }
    }

    @AfterEach
    void close() {
        room.finish();
        frozen.values().forEach(FrozenModel::close);
    }

    @Test
    void runningAnswersGoOnWithWhatIsServedNowAndTheirVersionIsClosed() {
        Collected answer = submit(served(), SLOTS, 40);
        poll(10);

        swap();
        poll(2);

        assertThat(shelf.inMemory()).as("the version before is gone").isOne();
        pollUntilEmpty();
        assertThat(answer.finished).isTrue();
        assertThat(answer.version).hasValue(NEW);
        assertThat(answer.spans.values()).hasSize(SLOTS).containsOnly(List.of(span(OLD, 0, 10), span(NEW, 10, 40)));
        assertThat(answer.samples).allSatisfy(sample -> {
            assertThat(sample.ids()).containsExactly(answer.tokens(sample.index()));
            assertThat(sample.text()).isEqualTo(answer.text(sample.index()));
        });
        assertForced(answer);
    }

    @Test
    void whatTheSwitchTookAndWhatRunningStreamsNoticedIsMeasured() {
        submit(served(), 2, 60);
        poll(3);

        TestShelf.expect(shelf, Optional.of(NEW));
        poll(3);
        swap();
        TestShelf.expect(shelf, Optional.empty());
        poll(3);

        assertThat(registry.get("plumbline.model.swap")
                        .tag("phase", "switch")
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
        assertThat(registry.get("plumbline.model.swap.stall").timer().count()).isOne();
        assertThat(registry.get("plumbline.model.swap.stall").timer().totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
    }

    @Test
    void answersFinishOnTheirVersionUnlessTheyAreToGoOn() {
        room = room(Swap.FINISH);
        Collected answer = submit(served(), 2, 20);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(answer.version).hasValue(OLD);
        assertThat(answer.spans.values()).containsOnly(List.of(span(OLD, 0, 20)));
        assertThat(shelf.inMemory()).isOne();
    }

    @Test
    void whoAskedForAVersionByNameKeepsIt() {
        Collected answer = submit(shelf.lease(OLD).orElseThrow(), 1, 20);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(answer.spans.get(0)).containsExactly(span(OLD, 0, 20));
    }

    @Test
    void theNewestOfARunGoesOnOnlyWithVersionsThatItMayUse() {
        Collected barred = submit(
                shelf.leaseNewest("policy", version -> version.equals(OLD)).orElseThrow(), 1, 20);
        Collected free = submit(shelf.leaseNewest("policy", version -> true).orElseThrow(), 1, 20);
        poll(5);

        TestShelf.add(shelf, NEW, relearnt, SLOTS);
        pollUntilEmpty();

        assertThat(shelf.served()).hasValue(OLD);
        assertThat(barred.spans.get(0)).containsExactly(span(OLD, 0, 20));
        assertThat(free.spans.get(0)).containsExactly(span(OLD, 0, 5), span(NEW, 5, 20));
    }

    @Test
    void whatHasNotBegunBeginsOnTheNewVersion() {
        Collected many = submit(served(), SLOTS + 2, 20);
        Collected queued = submit(served(), 1, 10);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(many.samples).hasSize(SLOTS + 2);
        assertThat(many.spans.get(0)).containsExactly(span(OLD, 0, 5), span(NEW, 5, 20));
        assertThat(many.spans.get(SLOTS + 1)).containsExactly(span(NEW, 0, 20));
        assertThat(queued.spans.get(0)).containsExactly(span(NEW, 0, 10));
    }

    @Test
    void answersThatFindNoRoomInTheNewVersionFinishOnTheirs() {
        Collected answer = submit(served(), SLOTS, 20);
        poll(5);

        TestShelf.add(shelf, NEW, relearnt, SLOTS - 1);
        TestShelf.serve(shelf, NEW);
        TestShelf.retire(shelf, OLD);
        pollUntilEmpty();

        assertThat(answer.spans.values()).containsOnly(List.of(span(OLD, 0, 20)));
        assertThat(shelf.inMemory()).isOne();
    }

    @Test
    void randomRequestsEndOnceHoweverVersionsComeAndGo() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        List<Collected> answers = new ArrayList<>();
        Set<Collected> cancelled = new HashSet<>();
        ModelVersion newest = OLD;
        for (int step = 0; step < 1200; step++) {
            now = now.plusMillis(10);
            if (random.nextInt(8) == 0 && room.load().queued() < MOST_QUEUED) {
                ModelLease lease = random.nextInt(5) == 0 ? shelf.lease(newest).orElseThrow() : served();
                answers.add(submit(lease, 1 + random.nextInt(SLOTS + 2), 1 + random.nextInt(40), turn(random)));
            }
            if (random.nextInt(50) == 0 && !answers.isEmpty()) {
                Collected last = answers.get(answers.size() - 1);
                cancelled.add(last);
                room.cancel(last.job);
            }
            if (random.nextInt(50) == 0 && shelf.inMemory() < 3) {
                newest = new ModelVersion("policy", newest.version() + 1);
                swap(newest);
            }
            room.poll();
            EngineRoom.Load load = room.load();
            assertThat(load.running())
                    .isLessThanOrEqualTo(load.slots())
                    .isEqualTo(answers.stream()
                            .mapToInt(answer -> answer.job.slotsHeld())
                            .sum());
            assertThat(load.reservedBytes()).isLessThanOrEqualTo(load.cacheBytes());
        }
        pollUntilEmpty();

        int tokens = 0;
        for (Collected answer : answers) {
            assertThat(answer.finished || answer.failure.isPresent() || cancelled.contains(answer))
                    .isTrue();
            answer.failure.ifPresent(error -> {
                assertThat(error).as("of one whose deadline passed").isInstanceOf(CallerFault.class);
                assertThat(answer.begun).isFalse();
            });
            tokens += assertForced(answer);
        }
        long moved = answers.stream()
                .filter(answer -> answer.spans.values().stream().anyMatch(spans -> spans.size() > 1))
                .count();
        long late = answers.stream()
                .filter(answer ->
                        answer.samples.stream().anyMatch(sample -> sample.finishReason() == FinishReason.DEADLINE))
                .count();
        for (FinishReason reason : List.of(FinishReason.CANCELLED, FinishReason.DEADLINE)) {
            assertThat(TestRoom.releases(registry, reason).count()).isPositive();
            assertThat(TestRoom.releases(registry, reason).max())
                    .as("steps that a request for which nobody waits is in")
                    .isLessThanOrEqualTo(1);
        }
        System.out.println(answers.size() + " requests, " + cancelled.size() + " cancelled, " + late + " cut off, "
                + moved + " moved, " + newest + " last, " + tokens + " tokens compared");
        assertThat(moved).isGreaterThan(10);
        assertThat(late).isPositive();
        assertThat(tokens).isGreaterThan(1000);
        assertThat(shelf.inMemory())
                .as("all versions that were let go are closed")
                .isOne();
    }

    private Turn turn(Random random) {
        return random.nextBoolean()
                ? Turn.ofCall(random.nextInt(3) - 1)
                : Turn.ofLog(Optional.of(now.plusMillis(random.nextInt(1000))));
    }

    /** The versions' spans hold all tokens without a gap, and each computes its own; how many there are. */
    private int assertForced(Collected answer) {
        int tokens = 0;
        for (GeneratedSample sample : answer.samples) {
            assertThat(sample.ids()).containsExactly(answer.tokens(sample.index()));
            assertThat(sample.text()).startsWith(answer.text(sample.index()));
            int from = 0;
            for (ModelVersionSpan span : answer.spans.getOrDefault(sample.index(), List.of())) {
                assertThat(span.getFromToken()).isEqualTo(from);
                from = span.getToToken();
                assertForced(sample, span);
            }
            assertThat(from).isEqualTo(sample.ids().length);
            tokens += from;
        }
        return tokens;
    }

    private void assertForced(GeneratedSample sample, ModelVersionSpan span) {
        if (sample.ids().length == 0) {
            return;
        }
        int[] prompt = plan(1, 1, Turn.ofCall(0)).promptIds();
        int[] ids = IntStream.concat(IntStream.of(prompt), IntStream.of(sample.ids()))
                .toArray();
        MicroBatch batch = new MicroBatch(List.of(new TokenSequence(ids, prompt.length)), 1);
        float[] forced = Objects.requireNonNull(frozen.get(checkpoint(ModelVersion.parse(span.getModel()))))
                .evaluate(batch)
                .logProbs()[0];
        for (int token = span.getFromToken(); token < span.getToToken(); token++) {
            assertThat(Math.abs((double) sample.rawLogProbs()[token] - forced[token]))
                    .isLessThan(TOLERANCE);
        }
    }

    private static ModelVersionSpan span(ModelVersion version, int from, int to) {
        return ModelVersionSpan.newBuilder()
                .setModel(version.toString())
                .setFromToken(from)
                .setToToken(to)
                .build();
    }

    /** The weights that versions have in turn. */
    private Path checkpoint(ModelVersion version) {
        return version.version() % 2 == 0 ? relearnt : Checkpoints.qwen2();
    }

    private void swap() {
        swap(NEW);
    }

    /** Serves a version, and lets the one before it go. */
    private void swap(ModelVersion version) {
        ModelVersion before = shelf.served().orElseThrow();
        TestShelf.add(shelf, version, checkpoint(version), SLOTS);
        TestShelf.serve(shelf, version);
        TestShelf.retire(shelf, before);
    }

    private ModelLease served() {
        return shelf.leaseServed().orElseThrow();
    }

    private EngineRoom room(Swap swap) {
        return new EngineRoom(
                shelf,
                new EngineRoom.Limits(2 * MOST_QUEUED, 10_000, Duration.ofMillis(250), 0.5),
                new Succession(shelf, swap, new ServingMeters(registry), System::nanoTime),
                new Releases(registry),
                () -> now);
    }

    private Collected submit(ModelLease lease, int samples, int tokens) {
        return submit(lease, samples, tokens, Turn.ofCall(0));
    }

    private Collected submit(ModelLease lease, int samples, int tokens, Turn turn) {
        return Collected.submit(room, lease, plan(samples, tokens, turn));
    }

    private static AnswerPlan plan(int samples, int tokens, Turn turn) {
        return EngineRoomTest.plan(SEED, samples, tokens, turn);
    }

    private void poll(int times) {
        for (int i = 0; i < times; i++) {
            room.poll();
        }
    }

    private void pollUntilEmpty() {
        while (room.poll() > 0 || room.load().queued() > 0) {}
    }
}
