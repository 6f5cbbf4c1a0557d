package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the critic of a run starts from. */
final class PpoCriticTest {
    /** The smallest weight that is not 0 is far above it, so that no weight changes. */
    private static final double NEXT_TO_NOTHING = 1e-30;

    @TempDir
    Path directory;

    @Test
    void aCriticThatHardlyLearnsIsTheRewardModelInTheEnd() {
        Path reward = TestModels.reward("llama", directory, 1);

        assertSame(criticAfterAStep(reward, NEXT_TO_NOTHING), TestModels.weights(reward));
    }

    @Test
    void aCriticThatLearnsLeavesTheRewardModel() {
        Path reward = TestModels.reward("llama", directory, 1);
        Map<String, float[]> learnt = criticAfterAStep(reward, 3e-3);

        assertThat(learnt).hasSameSizeAs(TestModels.weights(reward));
        TestModels.weights(reward)
                .forEach(
                        (name, weights) -> assertThat(learnt.get(name)).as(name).isNotEqualTo(weights));
    }

    private Map<String, float[]> criticAfterAStep(Path reward, double learningRate) {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 1);
        spec.getPpoBuilder()
                .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(learningRate))
                .getRewardBuilder()
                .getComponentsBuilder(0)
                .setModel(ModelReward.newBuilder().setModel(reward.toString()));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            return TestModels.weights(bench.learner(run.getRunId(), 1, "critic"));
        }
    }

    private static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, weights) -> assertThat(actual.get(name))
                .as(name)
                .usingComparator(Arrays::compare)
                .isEqualTo(weights));
    }
}
