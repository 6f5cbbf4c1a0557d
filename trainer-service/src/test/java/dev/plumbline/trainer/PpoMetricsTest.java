package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of a PPO run under TRL's names, computed again from what the log holds. */
final class PpoMetricsTest {
    private static final int EPISODES = 16;
    private static final double KL_COEFFICIENT = 0.01; // of TestSpecs.ppo

    @TempDir
    Path directory;

    @Test
    void everyStepHasTheFiguresThatTrlHas() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 3);
        spec.getPpoBuilder()
                .setInnerEpochs(2)
                .setOptimizer(Optimizer.newBuilder().setLearningRate(2e-2));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metrics(run.getRunId())).hasSize(3).allSatisfy(point -> {
                assertThat(point.getValuesMap())
                        .containsKeys(
                                "objective/kl",
                                "objective/entropy",
                                "objective/non_score_reward",
                                "objective/rlhf_reward",
                                "objective/scores",
                                "policy/approxkl_avg",
                                "policy/clipfrac_avg",
                                "policy/entropy_avg",
                                "loss/policy_avg",
                                "loss/value_avg",
                                "val/clipfrac_avg",
                                "val/ratio",
                                "val/ratio_var",
                                "val/num_eos_tokens",
                                "lr",
                                "episode");
                // A second pass over a step's answers meets a policy that has moved.
                assertThat(value(point, "policy/approxkl_avg")).isPositive();
                assertThat(value(point, "policy/clipfrac_avg")).isBetween(1e-9, 1.0);
                assertThat(value(point, "val/ratio_var")).isPositive();
                assertThat(value(point, "objective/rlhf_reward"))
                        .isCloseTo(
                                value(point, "objective/scores") + value(point, "objective/non_score_reward"),
                                within(1e-5));
                List<Trajectory> answered = bench.trajectories(point.getStep());
                assertThat(value(point, "objective/kl")).isCloseTo(divergence(answered), within(1e-4));
                assertThat(value(point, "objective/non_score_reward"))
                        .isCloseTo(-KL_COEFFICIENT * divergence(answered), within(1e-5));
                assertThat(value(point, "objective/scores")).isCloseTo(reward(answered), within(1e-5));
                assertThat(value(point, "objective/entropy")).isCloseTo(surprise(answered), within(1e-3));
                assertThat(value(point, "val/num_eos_tokens")).isEqualTo(ended(answered));
                assertThat(value(point, "completions/clipped_ratio")).isEqualTo(1 - ended(answered) / EPISODES);
            });
            assertThat(bench.metric(run.getRunId(), "objective/kl").get(2)).isGreaterThan(0.01);
        }
    }

    @Test
    void theRatioIsOneWhereAStepIsOneUpdate() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 2);
        spec.getPpoBuilder().setMinibatches(1);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metrics(run.getRunId())).hasSize(2).allSatisfy(point -> {
                assertThat(value(point, "val/ratio")).isCloseTo(1, within(1e-4));
                assertThat(value(point, "val/ratio_var")).isCloseTo(0, within(1e-7));
                assertThat(value(point, "policy/approxkl_avg")).isCloseTo(0, within(1e-7));
                assertThat(value(point, "policy/clipfrac_avg")).isZero();
            });
        }
    }

    @Test
    void anAdaptiveCoefficientFollowsTheDivergenceOfEachStep() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 3);
        spec.getPpoBuilder()
                .setKl(KlPenalty.newBuilder()
                        .setCoefficient(KL_COEFFICIENT)
                        .setTarget(1e-4)
                        .setHorizon(100));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            List<Double> divergences = bench.metric(run.getRunId(), "objective/kl");
            List<Double> coefficients = bench.metric(run.getRunId(), "objective/kl_coefficient");
            assertThat(coefficients).hasSize(3);
            assertThat(coefficients.get(0)).isEqualTo(KL_COEFFICIENT);
            for (int step = 0; step < 2; step++) {
                double error = Math.max(-0.2, Math.min(0.2, divergences.get(step) / 1e-4 - 1));
                assertThat(coefficients.get(step + 1))
                        .isCloseTo(coefficients.get(step) * (1 + error * EPISODES / 100), within(1e-12));
            }
            // Nothing of a divergence in the first step, much in the second.
            assertThat(coefficients.get(1)).isLessThan(KL_COEFFICIENT);
            assertThat(coefficients.get(2)).isGreaterThan(coefficients.get(1));
        }
    }

    private static double value(MetricsPoint point, String name) {
        return point.getValuesOrThrow(name);
    }

    /** Mean of Σ log μ − log π_ref, nats per answer. */
    private static double divergence(List<Trajectory> answered) {
        double reference = answered.stream()
                .flatMap(trajectory -> trajectory.getJudgementsList().stream())
                .flatMap(judgement -> judgement.getReferenceLogprobsList().stream())
                .mapToDouble(Float::doubleValue)
                .sum();
        return -surprise(answered) - reference / EPISODES;
    }

    /** Mean of −Σ log μ, nats per answer. */
    private static double surprise(List<Trajectory> answered) {
        return -answered.stream()
                        .flatMap(trajectory -> trajectory.getRollout().getSamplesList().stream())
                        .flatMap(sample -> sample.getLogprobsList().stream())
                        .mapToDouble(Float::doubleValue)
                        .sum()
                / EPISODES;
    }

    private static double reward(List<Trajectory> answered) {
        return answered.stream()
                .flatMap(trajectory -> trajectory.getJudgementsList().stream())
                .mapToDouble(Judgement::getReward)
                .average()
                .orElseThrow();
    }

    private static double ended(List<Trajectory> answered) {
        return answered.stream()
                .flatMap(trajectory -> trajectory.getRollout().getSamplesList().stream())
                .map(Sample::getFinishReason)
                .filter(reason -> reason != FinishReason.FINISH_REASON_LENGTH)
                .count();
    }
}
