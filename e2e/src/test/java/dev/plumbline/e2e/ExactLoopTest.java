package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deterministic house: what it samples, judges and learns under kills, against the same run undisturbed. */
final class ExactLoopTest {
    private static final int STEPS = 6;

    @TempDir
    private Path directory;

    @Test
    void a_loop_whose_services_are_killed_ends_bit_equal_to_an_undisturbed_one() {
        try (TinyHouse house = TinyHouse.deterministic(directory)) {
            house.learnRewardModel();
            String undisturbed = house.create("undisturbed", spec(house)).getRunId();
            house.awaitSuccess(undisturbed);

            String killed = house.create("killed", spec(house)).getRunId();
            // The next step's prompts are out, and not all of them are answered.
            house.awaitStep(killed, 1);
            crash(house, Service.POLICY);
            house.awaitStep(killed, 2);
            crash(house, Service.REWARD);
            house.awaitLearning(killed, 4);
            crash(house, Service.TRAINER);
            // The step is done, and its version on its way to those who serve it.
            house.awaitStep(killed, 5);
            crash(house, Service.TRAINER);
            house.awaitSuccess(killed);

            assertThat(figures(house, killed)).hasSize(STEPS).isEqualTo(figures(house, undisturbed));
            assertThat(weights(house, killed)).isNotEmpty().isEqualTo(weights(house, undisturbed));
        }
    }

    private static void crash(TinyHouse house, Service service) {
        house.kill(service);
        house.restart(service);
    }

    /** Rewards of a model and of a rule, a critic, a KL penalty, and pretraining text. */
    private PpoSpec.Builder spec(TinyHouse house) {
        PpoSpec.Builder spec = house.ppo(STEPS)
                .clearEvaluation()
                .setInnerEpochs(4)
                .setPtx(PretrainingMix.newBuilder()
                        .setData(Data.newBuilder()
                                .setPath(TinyWorld.texts(directory.resolve("ptx.jsonl"), 50)
                                        .toString()))
                        .setCoefficient(0.1)
                        .setExamplesPerEpisode(0.3))
                .setCourse(Course.newBuilder().setCheckpointEvery(2));
        spec.getRewardBuilder()
                .addComponents(RewardComponentSpec.newBuilder()
                        .setName("judge")
                        .setModel(ModelReward.newBuilder().setModel("reward")));
        return spec;
    }

    /** The bytes of all tensors of the checkpoints that were kept: policy, critic, and the moments of both. */
    private static Map<Path, ByteBuffer> weights(TinyHouse house, String runId) {
        Map<Path, ByteBuffer> weights =
                new TreeMap<>(Disk.contents(house.runDirectory(runId).resolve("checkpoints")));
        weights.keySet().removeIf(file -> !file.toString().endsWith(".safetensors"));
        return weights;
    }

    /** What each step showed, but for what a clock has part in, and for answers that came twice. */
    private static List<Map<String, Double>> figures(TinyHouse house, String runId) {
        return house.points(runId).stream()
                .map(point -> {
                    Map<String, Double> figures = new TreeMap<>(point.getValuesMap());
                    figures.keySet()
                            .removeIf(name -> name.startsWith("time/")
                                    || name.startsWith("tokens_per_second/")
                                    || name.equals("trajectories/repeated"));
                    return figures;
                })
                .toList();
    }
}
