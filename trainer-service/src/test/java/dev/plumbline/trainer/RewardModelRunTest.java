package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.architecture.HeadKind;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RewardModelRunTest {
    @TempDir
    Path directory;

    @Test
    void aRewardModelLearnsTheOrderOfHeldOutAnswers() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec().build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getModelsList()).containsExactly("reward@1");
            assertThat(bench.metric(run.getRunId(), "eval/accuracy")).last().isEqualTo(1.0);
            List<Double> margins = bench.metric(run.getRunId(), "eval/margin");
            assertThat(margins.get(1)).isGreaterThan(margins.get(0)).isPositive();
            assertThat(run.getMetricsOrThrow("eval/max_reward"))
                    .isGreaterThan(run.getMetricsOrThrow("eval/min_reward"));
            try (FrozenModel model =
                    FrozenModel.load(bench.store().directory(ModelVersion.parse("reward@1")), ComputeSettings.cpu(1))) {
                assertThat(model.config().head()).isEqualTo(HeadKind.SCORE);
            }
        }
    }

    @Test
    void aPromptThatDoesNotFitAMicroBatchIsLearntAllTheSame() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec();
            List<Double> together = bench.metric(bench.run(spec.build()).getRunId(), "loss");
            spec.getRewardModelBuilder().getCourseBuilder().setMicroBatchTokens(12);
            List<Double> apart = bench.metric(bench.run(spec.build()).getRunId(), "loss");

            assertThat(apart).hasSameSizeAs(together);
            for (int i = 0; i < together.size(); i++) {
                assertThat(apart.get(i)).isCloseTo(together.get(i), Offset.offset(1e-4));
            }
        }
    }

    private RunSpec.Builder spec() {
        return TestSpecs.rewardModel(directory);
    }
}
