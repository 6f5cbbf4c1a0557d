package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.AdamW;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.trainer.learn.OptimizerPlan;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The learning rates that runs show, beside the schedules' formulas over their optimizer steps. */
final class LearningRateTest {
    private static final double PEAK = 2e-3;

    @TempDir
    Path directory;

    @Test
    void aFineTuningWarmsUpAndFollowsHalfACosineOverAllOfItsSteps() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder().setOptimizer(optimizer(Schedule.SCHEDULE_COSINE));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            List<Double> rates = rates(bench, bench.run(spec.build()));

            int steps = 8; // two epochs of 32 examples in batches of 8
            assertThat(rates).hasSize(steps);
            for (int step = 0; step < steps; step++) {
                double factor = step < 2
                        ? 0.25 + 0.75 * step / 2
                        : 0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * (step - 2) / (steps - 2)));
                assertThat(rates.get(step)).isCloseTo(PEAK * factor, within(1e-12));
            }
        }
    }

    @Test
    void ppoFollowsItsLineOverTheUpdatesOfAllStepsPassesAndMinibatches() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 3);
        spec.getPpoBuilder().setInnerEpochs(2).setMinibatches(2).setOptimizer(optimizer(Schedule.SCHEDULE_LINEAR));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            List<Double> rates = rates(bench, services.finish(bench, bench.create(spec.build())));

            assertThat(rates).hasSize(3);
            for (int step = 0; step < 3; step++) {
                // Of a step its last update is shown, of 3 * 2 * 2 in all.
                double progress = (4 * (step + 1) - 1 - 2) / (12.0 - 2);
                assertThat(rates.get(step)).isCloseTo(PEAK * (0.1 + 0.9 * (1 - progress)), within(1e-12));
            }
        }
    }

    @Test
    void everyNumberOfASpecFindsItsPlace() {
        Optimizer optimizer = optimizer(Schedule.SCHEDULE_CONSTANT)
                .setBeta1(0.8)
                .setBeta2(0.9)
                .setEpsilon(1e-6)
                .setWeightDecay(0.3)
                .setDecayAll(true)
                .setMaxGradientNorm(0.7)
                .build();
        assertThat(OptimizerPlan.of(optimizer, 10).adamW()).isEqualTo(new AdamW(0.8, 0.9, 1e-6, 0.3, true, 0.7));
    }

    private static List<Double> rates(Bench bench, Run run) {
        assertThat(run.getFailure()).isEmpty();
        return bench.metric(run.getRunId(), "lr");
    }

    private static Optimizer.Builder optimizer(Schedule schedule) {
        return Optimizer.newBuilder()
                .setLearningRate(PEAK)
                .setSchedule(schedule)
                .setFinalFactor(0.1)
                .setWarmupSteps(2)
                .setWarmupFactor(0.25);
    }
}
