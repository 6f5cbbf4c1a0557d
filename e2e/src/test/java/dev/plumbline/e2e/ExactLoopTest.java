package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Trajectory;
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
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deterministic house: what it samples, judges and learns under kills, against the same run undisturbed. */
final class ExactLoopTest {
    private static final int STEPS = 6;

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
        crashWhileAnsweringAndWhileJudging(killed, 2);
        crashWhileLearning(killed, 4);
        // The step is done, and its version on its way to those who serve it.
        house.awaitStep(killed, 5);
        crash(Service.TRAINER);
        house.awaitSuccess(killed);

        assertThat(figures(killed)).hasSize(STEPS).isEqualTo(figures(undisturbed));
        assertThat(weights(killed)).isNotEmpty().isEqualTo(weights(undisturbed));
    }

    /**
     * As soon as one of the prompts that were admitted together is answered, and as soon as one of the answers that all wait when
     * their judge comes back is judged.
     */
    private static void crashWhileAnsweringAndWhileJudging(String runId, long step) {
        try (StepRecords<Rollout> answered = StepRecords.answered(house.topics(), runId, step);
                StepRecords<Trajectory> judged = StepRecords.judged(house.topics(), runId, step)) {
            TinyHouse.atOnce().until(answered::look, count -> count > 0);
            house.kill(Service.POLICY);
            house.kill(Service.REWARD);
            house.restart(Service.POLICY);
            TinyHouse.atOnce().until(answered::look, count -> count == TinyHouse.PROMPTS_PER_STEP);

            int before = judged.all();
            house.restart(Service.REWARD);
            TinyHouse.atOnce().until(judged::look, count -> count > before);
            house.kill(Service.REWARD);
        }
        house.restart(Service.REWARD);
    }

    /** A step's answers are all judged; whether its version is out before the kill is a matter of milliseconds. */
    private static void crashWhileLearning(String runId, long step) {
        house.awaitLearning(runId, step);
        crash(Service.TRAINER);
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
                .setStopping(Stopping.newBuilder().setMaxTokens(24))
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
        weights.keySet().removeIf(file -> !file.toString().endsWith(".safetensors"));
        return weights;
    }

    /** What each step showed, but for answers that came twice. */
    private static List<Map<String, Double>> figures(String runId) {
        List<Map<String, Double>> figures = house.figures(runId);
        figures.forEach(step -> step.remove("trajectories/repeated"));
        return figures;
    }
}
