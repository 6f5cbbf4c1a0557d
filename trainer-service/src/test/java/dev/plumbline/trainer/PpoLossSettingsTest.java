package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of PPO's loss and rewards that runs do without unless they ask for them. */
final class PpoLossSettingsTest {
    private static final int EPISODES = 16;
    private static final double MISSING = -7;

    @TempDir
    Path directory;

    @Test
    void whatBoundsOrAddsToTheLossChangesWhatIsLearntAndItsNeutralValueDoesNot() {
        String plain = learnt("plain", spec -> {});
        assertThat(learnt("no entropy", spec -> spec.setEntropyCoefficient(0))).isEqualTo(plain);
        assertThat(learnt("entropy", spec -> spec.setEntropyCoefficient(1))).isNotEqualTo(plain);
        assertThat(learnt("far clip", spec -> spec.setDualClip(1e6))).isEqualTo(plain);
        assertThat(learnt("near clip", spec -> spec.setDualClip(1.01))).isNotEqualTo(plain);
    }

    /** Weights after two passes over a step's answers, in the second of which ratios are not 1. */
    private String learnt(String name, Consumer<PpoSpec.Builder> setting) {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 1);
        setting.accept(spec.getPpoBuilder()
                .setInnerEpochs(2)
                .setOptimizer(Optimizer.newBuilder().setLearningRate(2e-2)));
        try (Bench bench = Bench.in(directory.resolve(name));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));
            assertThat(run.getFailure()).isEmpty();
            return bench.weights("policy@2");
        }
    }

    @Test
    void anAnswerThatDidNotEndHasTheScoreThatIsSetForIt() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 1);
        spec.getPpoBuilder().setMissingEosScore(MISSING);
        try (Bench bench = Bench.in(directory.resolve("missing"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getFailure()).isEmpty();
            long unended = 0;
            double scores = 0;
            for (Trajectory answered : bench.trajectories(1)) {
                for (int i = 0; i < answered.getJudgementsCount(); i++) {
                    boolean ended =
                            answered.getRollout().getSamples(i).getFinishReason() != FinishReason.FINISH_REASON_LENGTH;
                    unended += ended ? 0 : 1;
                    scores += ended ? answered.getJudgements(i).getReward() : MISSING;
                }
            }
            assertThat(unended).as("answers without an end").isBetween(1L, EPISODES - 1L);
            assertThat(bench.metric(run.getRunId(), "objective/scores").get(0))
                    .isCloseTo(scores / EPISODES, within(1e-6));
        }
    }
}
