package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.generate.EngineStatistics;
import dev.plumbline.lm.generate.FinishReason;
import dev.plumbline.lm.generate.GivenLogProbs;
import dev.plumbline.lm.generate.Precision;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.model.KeyValueBudget;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.CallerFault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to many prompts, of which some begin alike, while versions come and go and take over each other's memory. */
class RandomSwapsTest extends SwappedRoom {
    /** Of the checkpoint's positions, a prompt may take so many that an answer still fits. */
    private static final int CONTEXT = 128;

    private static final int MOST_TOKENS = 40;
    private static final int VOCABULARY = 400;

    /** Two blocks of the prefixes that an engine keeps. */
    private static final int HEADER = 64;

    /** Reads prompts by fewer tokens a step than they have in common. */
    private static final EngineSettings SETTINGS = new EngineSettings(
            SLOTS, CONTEXT, 0, 0, 24, Precision.FLOAT32, Precision.FLOAT32, false, ComputeSettings.cpu(1));

    private final List<Collected> answers = new ArrayList<>();
    private final Set<Collected> cancelled = new HashSet<>();
    private final List<Given> responses = new ArrayList<>();

    RandomSwapsTest() {
        super(SETTINGS, new KeyValueBudget(2L << 30, 1 << 20, 1));
    }

    /** Of tokens without number, rounding alone takes one now and then past the tolerance; of these it takes none. */
    @ParameterizedTest
    @ValueSource(longs = {77, 78})
    void requestsEndOnceAndEachTokenIsOfItsVersionAndPromptHoweverVersionsComeAndGo(long seed) {
        Random random = new Random(seed);
        int[] header = ids(random, HEADER);
        ModelVersion newest = OLD;
        for (int step = 0; step < 1200; step++) {
            now = now.plusMillis(10);
            if (random.nextInt(8) == 0 && room.load().queued() < MOST_QUEUED) {
                ModelLease lease = random.nextInt(5) == 0 ? shelf.lease(newest).orElseThrow() : served();
                answers.add(Collected.submit(room, lease, plan(random, header)));
            }
            if (random.nextInt(16) == 0 && room.load().queued() < MOST_QUEUED) {
                responses.add(new Given(served(), random, header));
            }
            if (random.nextInt(50) == 0 && !answers.isEmpty()) {
                Collected last = answers.get(answers.size() - 1);
                cancelled.add(last);
                room.cancel(last.job);
            }
            if (random.nextInt(30) == 0 && shelf.inMemory() < 3) {
                newest = new ModelVersion("policy", newest.version() + 1);
                swap(newest);
            }
            room.poll();
            assertPlaced();
        }
        pollUntilEmpty();

        assertThat(shelf.inMemory())
                .as("all versions that were let go are closed")
                .isOne();
        answers.forEach(this::assertEnded);
        int tokens = answers.stream().mapToInt(this::assertForced).sum();
        int given = responses.stream().mapToInt(Given::assertForced).sum();
        long moved = answers.stream()
                .filter(answer -> answer.spans.values().stream().anyMatch(spans -> spans.size() > 1))
                .count();
        long late = answers.stream()
                .filter(answer ->
                        answer.samples.stream().anyMatch(sample -> sample.finishReason() == FinishReason.DEADLINE))
                .count();
        long copying = engines.statistics().stream()
                .filter(engine -> engine.reusedTokens() > 0)
                .count();
        System.out.println(answers.size() + " requests, " + responses.size() + " of given responses, "
                + cancelled.size() + " cancelled, " + late + " cut off, "
                + moved + " moved, " + newest + " last, " + tokens + " tokens compared, "
                + engines.statistics().stream()
                        .mapToLong(EngineStatistics::reusedTokens)
                        .sum() + " of prompts copied by " + copying + " versions");
        assertReleased(FinishReason.CANCELLED);
        assertReleased(FinishReason.DEADLINE);
        assertThat(moved).isGreaterThan(5);
        assertThat(late).isPositive();
        assertThat(tokens).isGreaterThan(1000);
        assertThat(given).as("numbers of given responses").isGreaterThan(1000);
        assertThat(copying).as("versions that copied a prompt's beginning").isGreaterThan(3);
    }

    private void assertReleased(FinishReason reason) {
        assertThat(TestRoom.releases(registry, reason).count()).isPositive();
        assertThat(TestRoom.releases(registry, reason).max())
                .as("steps that a request for which nobody waits is in")
                .isLessThanOrEqualTo(1);
    }

    private void assertPlaced() {
        EngineRoom.Load load = room.load();
        assertThat(load.running())
                .isLessThanOrEqualTo(load.slots())
                .isEqualTo(Stream.concat(
                                answers.stream().map(answer -> answer.job),
                                responses.stream().map(given -> given.job))
                        .mapToInt(Job::slotsHeld)
                        .sum());
        assertThat(load.reservedBytes()).isLessThanOrEqualTo(load.cacheBytes());
    }

    private void assertEnded(Collected answer) {
        assertThat(answer.finished || answer.failure.isPresent() || cancelled.contains(answer))
                .isTrue();
        answer.failure.ifPresent(error -> {
            assertThat(error).as("of one whose deadline passed").isInstanceOf(CallerFault.class);
            assertThat(answer.begun).isFalse();
        });
        // One whose deadline passes ends with what has begun by then.
        if (answer.finished && answer.plan.turn().deadline().isEmpty()) {
            assertThat(answer.samples).hasSize(answer.plan.samples());
        }
    }

    /** Responses whose log-probabilities are asked for, and what comes of it. */
    private final class Given implements LogprobsJob.Sink {
        private final ModelVersion version;
        private final List<TokenSequence> sequences;
        private final LogprobsJob job;
        private final List<GivenLogProbs> numbers = new ArrayList<>();
        private Optional<Throwable> failure = Optional.empty();
        private int ends;

        private Given(ModelLease lease, Random random, int[] header) {
            version = lease.model().version();
            sequences = Stream.generate(() -> sequence(random, header))
                    .limit(1 + random.nextInt(SLOTS + 2))
                    .toList();
            job = new LogprobsJob(lease, sequences, 1, turn(random), this);
            room.submit(job);
        }

        @Override
        public void finished(List<GivenLogProbs> found) {
            numbers.addAll(found);
            ends++;
        }

        @Override
        public void failed(Throwable error) {
            failure = Optional.of(error);
            ends++;
        }

        /** Whose deadline passes while it is read hears nothing any more. Tokens that were compared. */
        private int assertForced() {
            failure.ifPresent(error -> assertThat(error).isInstanceOf(CallerFault.class));
            assertThat(ends).as("ends").isLessThanOrEqualTo(1);
            assertThat(numbers).hasSize(ends == 1 && failure.isEmpty() ? sequences.size() : 0);
            if (job.turn().deadline().isEmpty()) {
                assertThat(numbers).isNotEmpty();
            }
            int tokens = 0;
            for (int i = 0; i < numbers.size(); i++) {
                float[] forced = forced(version, sequences.get(i));
                assertThat(numbers.get(i).logProbs()).as("by %s", version).containsExactly(forced, within((float)
                        TOLERANCE));
                tokens += forced.length;
            }
            return tokens;
        }
    }

    private static TokenSequence sequence(Random random, int[] header) {
        int[] prompt = prompt(random, header);
        int[] ids = IntStream.concat(IntStream.of(prompt), IntStream.of(ids(random, 1 + random.nextInt(MOST_TOKENS))))
                .toArray();
        return new TokenSequence(ids, prompt.length);
    }

    /** Half of the prompts begin alike. */
    private static int[] prompt(Random random, int[] header) {
        return random.nextBoolean()
                ? IntStream.concat(IntStream.of(header), IntStream.of(ids(random, 1 + random.nextInt(20))))
                        .toArray()
                : ids(random, 1 + random.nextInt(CONTEXT - MOST_TOKENS));
    }

    private AnswerPlan plan(Random random, int[] header) {
        return EngineRoomTest.plan(
                prompt(random, header),
                random.nextLong(),
                1 + random.nextInt(SLOTS + 2),
                1 + random.nextInt(MOST_TOKENS),
                turn(random));
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, 0, VOCABULARY).toArray();
    }

    private Turn turn(Random random) {
        return random.nextBoolean()
                ? Turn.ofCall(random.nextInt(3) - 1)
                : Turn.ofLog(Optional.of(now.plusMillis(random.nextInt(1000))));
    }
}
