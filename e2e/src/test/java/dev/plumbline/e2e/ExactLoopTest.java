package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deterministic house: what it samples, judges and learns under kills, against the same run undisturbed. */
final class ExactLoopTest {
    private static final int STEPS = 7;

    private static final int CALLERS = 12;

    @TempDir
    private static Path directory;

    private static TinyHouse house;

    @BeforeAll
    static void start() {
        house = TinyHouse.deterministic(directory);
    }

    @AfterAll
    static void stop() {
        house.close();
    }

    @Test
    void an_answer_has_the_same_bits_alone_in_a_crowd_and_in_another_process() {
        house.awaitSuccess(
                house.create("served", house.ppo(1).clearEvaluation()).getRunId());
        house.awaitServing();
        List<List<Sample>> alone =
                IntStream.range(0, CALLERS).mapToObj(ExactLoopTest::answers).toList();
        assertThat(alone).doesNotHaveDuplicates();
        assertThat(together()).isEqualTo(alone);
        crash(Service.POLICY);
        house.awaitServing();
        assertThat(together()).isEqualTo(alone);
    }

    @Test
    void a_loop_whose_services_are_killed_ends_bit_equal_to_an_undisturbed_one() {
        house.learnRewardModel();
        String undisturbed = house.create("undisturbed", spec()).getRunId();
        house.awaitSuccess(undisturbed);

        String killed = house.create("killed", spec()).getRunId();
        long learning;
        try (Crashes crashes = new Crashes(house)) {
            long answering = firstStep(2, "answering", step -> crashes.whileAnswering(killed, step));
            long judging = firstStep(answering + 1, "judging", step -> crashes.whileJudging(killed, step));
            learning = firstStep(judging + 1, "learning", step -> crashes.whileLearning(killed, step));
        }
        // The step is done, and its version on its way to those who serve it.
        house.awaitStep(killed, learning + 1);
        crash(Service.TRAINER);
        house.awaitSuccess(killed);

        assertThat(figures(killed)).hasSize(STEPS).isEqualTo(figures(undisturbed));
        assertThat(weights(killed)).isNotEmpty().isEqualTo(weights(undisturbed));
    }

    /** The first step in the middle of which a service was killed; there is another one after it. */
    private static long firstStep(long from, String work, LongPredicate killed) {
        return LongStream.range(from, STEPS)
                .filter(killed)
                .findFirst()
                .orElseThrow(() -> new AssertionError("from step " + from + " to step " + (STEPS - 1)
                        + " nobody was killed in the middle of " + work));
    }

    private static void crash(Service service) {
        house.kill(service);
        house.restart(service);
    }

    private static List<List<Sample>> together() {
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try {
            return IntStream.range(0, CALLERS)
                    .mapToObj(i -> CompletableFuture.supplyAsync(() -> answers(i), callers))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();
        } finally {
            callers.shutdown();
        }
    }

    /** Two long answers to one of several prompts: tokens, both kinds of log-probabilities, and the likeliest in their place. */
    private static List<Sample> answers(int number) {
        return house.client()
                .policy()
                .generate(GenerateRequest.newBuilder()
                        .setText(TinyWorld.question(number))
                        .setSampling(Sampling.newBuilder().setSeed(number).setNumSamples(2))
                        .setStopping(Stopping.newBuilder().setMaxTokens(24).setIgnoreEos(true))
                        .setTopLogprobs(2)
                        .build())
                .getSamplesList();
    }

    /** Rewards of a model and of a rule, a critic, a KL penalty, and pretraining text. */
    private static PpoSpec.Builder spec() {
        PpoSpec.Builder spec = house.ppo(STEPS)
                .clearEvaluation()
                // Long answers of many lengths: a step takes long enough to be stopped in the middle of.
                .setStopping(Stopping.newBuilder()
                        .setMaxTokens(96)
                        .setIgnoreEos(true)
                        .addStopStrings("red red"))
                .setInnerEpochs(4)
                .setPtx(house.pretraining());
        spec.getRewardBuilder()
                .addComponents(RewardComponentSpec.newBuilder()
                        .setName("judge")
                        .setModel(ModelReward.newBuilder().setModel("reward")));
        return spec;
    }

    /** The bytes of all tensors of the checkpoints that were kept: policy, critic, and the moments of both. */
    private static Map<Path, ByteBuffer> weights(String runId) {
        Map<Path, ByteBuffer> weights =
                new TreeMap<>(Disk.contents(house.runDirectory(runId).resolve("checkpoints")));
        weights.keySet()
                .removeIf(file -> !file.toString().endsWith(".safetensors")
                        && !file.toString().endsWith(".moments"));
        assertThat(weights.keySet())
                .extracting(Path::getFileName)
                .extracting(Path::toString)
                .contains("critic.moments");
        return weights;
    }

    /** What each step showed, but for answers that came twice. */
    private static List<Map<String, Double>> figures(String runId) {
        List<Map<String, Double>> figures = house.figures(runId);
        figures.forEach(step -> step.remove("trajectories/repeated"));
        return figures;
    }
}
