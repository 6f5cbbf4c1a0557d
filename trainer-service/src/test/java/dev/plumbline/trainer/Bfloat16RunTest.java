package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.trainer.v1.Dtype;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose models multiply in bfloat16, beside an engine in float32. */
final class Bfloat16RunTest {
    /** exp(1) = 2.7 is more than the largest weight of a token, 2, and less than what leaves it out, 5. */
    private static final float RECORDED_TOO_LOW = -1;

    @TempDir
    Path directory;

    @Test
    void fineTuningLowersTheHeldOutLossAsItDoesInFloat32() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = TestSpecs.sft(directory);
            List<Double> exact = bench.metric(bench.run(spec.build()).getRunId(), "eval/loss");
            spec.getSftBuilder().getCourseBuilder().setDtype(Dtype.DTYPE_BFLOAT16);
            Run run = bench.run(spec.build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getModelsList()).containsExactly("policy@2");
            assertThat(bench.weights("policy@2")).isNotEqualTo(bench.weights("policy@1"));
            List<Double> rounded = bench.metric(run.getRunId(), "eval/loss");
            assertThat(rounded).hasSameSizeAs(exact).isNotEqualTo(exact);
            for (int i = 0; i < exact.size(); i++) {
                // bfloat16 has 8 bits of mantissa: a logit of 4 is known to 1 / 64.
                assertThat(rounded.get(i)).isCloseTo(exact.get(i), within(0.02 * exact.get(i)));
            }
            assertThat(exact.get(1)).isLessThan(exact.get(0) - 1);
        }
    }

    @Test
    void theEnginesRecordIsNotTakenForWhatThePolicySays() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = tooLow(bench)) {
            String id = ended(bench, services, ppo(Dtype.DTYPE_BFLOAT16));

            assertThat(bench.metric(id, "objective/kl").get(0))
                    .as("π_old is the reference, whose every log-probability is 1 nat more than the engine's record")
                    .isCloseTo(0, within(0.1));
            assertThat(bench.metric(id, "val/ratio").get(0)).isCloseTo(1, within(1e-3));
            assertThat(bench.metric(id, "behaviour/truncated")).containsExactly(1.0);
            assertThat(bench.metric(id, "behaviour/rejected")).containsExactly(0.0);
        }
    }

    @Test
    void theEnginesRecordIsWhatThePolicySaysInFloat32() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = tooLow(bench)) {
            String id = ended(bench, services, ppo(Dtype.DTYPE_FLOAT32));

            assertThat(bench.metric(id, "objective/kl").get(0)).isLessThan(-1);
            assertThat(bench.metric(id, "val/ratio").get(0)).isCloseTo(Math.E, within(1e-2));
            assertThat(bench.metric(id, "behaviour/truncated")).isEmpty();
        }
    }

    @Test
    void aTokenThatTheEngineFoundTooUnlikelyCountsTwice() {
        RunSpec.Builder spec = ppo(Dtype.DTYPE_BFLOAT16);
        double weighted = gradientNorm(directory.resolve("a"), spec);
        spec.getPpoBuilder().setBehaviourTruncation(0);
        double plain = gradientNorm(directory.resolve("b"), spec);

        assertThat(plain).isPositive();
        assertThat(weighted).isCloseTo(2 * plain, within(1e-5 * plain)); // twice is exact also in bfloat16
    }

    @Test
    void aTokenThatTheEngineFoundFarTooUnlikelyIsLeftOut() {
        RunSpec.Builder spec = ppo(Dtype.DTYPE_BFLOAT16);
        spec.getPpoBuilder().setBehaviourRejection(1.5);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = tooLow(bench)) {
            String id = ended(bench, services, spec);

            assertThat(bench.metric(id, "behaviour/rejected")).containsExactly(1.0);
            assertThat(bench.metric(id, "gradient_norm/policy")).containsExactly(0.0);
        }
    }

    private static double gradientNorm(Path directory, RunSpec.Builder spec) {
        try (Bench bench = Bench.in(directory);
                HandMadeServices services = tooLow(bench)) {
            return bench.metric(ended(bench, services, spec), "gradient_norm/policy")
                    .get(0);
        }
    }

    private static HandMadeServices tooLow(Bench bench) {
        return new HandMadeServices(bench.topics()).recordingTooHigh(RECORDED_TOO_LOW);
    }

    private static String ended(Bench bench, HandMadeServices services, RunSpec.Builder spec) {
        Run run = services.finish(bench, bench.create(spec.build()));
        assertThat(run.getFailure()).isEmpty();
        return run.getRunId();
    }

    /** One step of one update, strictly on-policy. */
    private RunSpec.Builder ppo(Dtype dtype) {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 1);
        spec.getPpoBuilder().setMinibatches(1).getCourseBuilder().setDtype(dtype);
        return spec;
    }
}
