package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RatioLevel;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs whose answers are compared with each other, so that no critic learns beside the policy. */
final class CriticFreeRunTest {
    @TempDir
    Path directory;

    static Stream<Arguments> algorithms() {
        return Stream.of(
                Arguments.of(
                        "GRPO",
                        PpoSpec.newBuilder()
                                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                                .setAggregation(LossAggregation.LOSS_AGGREGATION_SEQUENCE_MEAN)),
                Arguments.of(
                        "Dr. GRPO",
                        PpoSpec.newBuilder()
                                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN)
                                .setKl(KlPenalty.newBuilder().setCoefficient(0))
                                .setAggregation(LossAggregation.LOSS_AGGREGATION_FIXED_LENGTH)),
                Arguments.of(
                        "RLOO",
                        PpoSpec.newBuilder().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT)),
                Arguments.of(
                        "REINFORCE++", PpoSpec.newBuilder().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_BATCH)),
                Arguments.of(
                        "REINFORCE++-baseline with GSPO's ratio",
                        PpoSpec.newBuilder()
                                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_BASELINE_BATCH)
                                .setRatio(RatioLevel.RATIO_LEVEL_SEQUENCE)
                                .setClipLow(0.2)
                                .setClipHigh(0.28)),
                Arguments.of("GSPO", gspo()),
                Arguments.of("DAPO", dapo()));
    }

    private static PpoSpec.Builder gspo() {
        return PpoSpec.newBuilder()
                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                .setRatio(RatioLevel.RATIO_LEVEL_SEQUENCE)
                .setKl(KlPenalty.newBuilder().setCoefficient(0));
    }

    private static PpoSpec.Builder dapo() {
        return PpoSpec.newBuilder()
                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                .setAggregation(LossAggregation.LOSS_AGGREGATION_TOKEN_MEAN)
                .setClipLow(0.2)
                .setClipHigh(0.28)
                .setKl(KlPenalty.newBuilder().setCoefficient(0))
                .setOverlongBuffer(4)
                .setMaxPromptsPerStep(8);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("algorithms")
    void aPolicyLearnsWhatARuleRewards(String name, PpoSpec.Builder choice) {
        RunSpec spec = spec(
                8,
                choice.clone()
                        .setInnerEpochs(2)
                        .setEvaluation(
                                TestData.data(directory.resolve("held-out.jsonl"), 16, i -> TestData.question(i + 100)))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(2e-2)));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run run = services.finish(bench, bench.create(spec));

            assertThat(run.getFailure()).as(name).isEmpty();
            List<Double> rewards = bench.metric(run.getRunId(), "eval/reward");
            assertThat(rewards).as(name).hasSize(2);
            assertThat(rewards.get(0)).isBetween(0.3, 0.7);
            assertThat(rewards.get(1)).isGreaterThan(0.75);
            assertThat(bench.metric(run.getRunId(), "policy/first_pass_ratio_error"))
                    .hasSize(8)
                    .allSatisfy(error -> assertThat(error).isLessThan(1e-3));
            assertThat(bench.metric(run.getRunId(), "frac_reward_zero_std"))
                    .hasSize(8)
                    .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0));
        }
    }

    @Test
    void nothingOfACriticIsLoadedLearntKeptOrPublished() throws IOException {
        RunSpec spec =
                spec(2, PpoSpec.newBuilder().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            services.finish(bench, id);

            assertThat(bench.metric(id, "loss/kl_avg")).hasSize(2);
            for (String ofACritic : List.of("loss/value_avg", "val/clipfrac_avg", "gradient_norm/critic")) {
                assertThat(bench.metric(id, ofACritic)).as(ofACritic).isEmpty();
            }
            assertThat(bench.connection().view().models())
                    .extracting(ModelPublished::getName)
                    .containsOnly("llama-random-1", "policy"); // the imported start, and what was learnt of it
            try (Stream<Path> kept = Files.walk(directory.resolve("a").resolve("runs"))) {
                assertThat(kept.map(path -> path.getFileName().toString()))
                        .contains("policy")
                        .noneMatch(file -> file.startsWith("critic"));
            }
        }
    }

    @Test
    void aKilledAndResumedRunEndsBitEqualToAnUninterruptedOne() {
        RunSpec spec = spec(
                4,
                PpoSpec.newBuilder()
                        .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT)
                        .setRatio(RatioLevel.RATIO_LEVEL_SEQUENCE)
                        .setEma(Ema.getDefaultInstance()));
        List<String> uninterrupted;
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            services.finish(bench, bench.create(spec));
            uninterrupted = List.of(bench.weights("policy@5"), bench.weights("policy-ema@1"));
        }
        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            for (long killedAt : new long[] {1, 3}) {
                while (bench.get(id).getStep() < killedAt) {
                    bench.poll();
                    services.poll();
                }
                bench = bench.restarted();
            }
            try (Bench last = bench) {
                assertThat(services.finish(last, id).getFailure()).isEmpty();
                assertThat(List.of(last.weights("policy@5"), last.weights("policy-ema@1")))
                        .isEqualTo(uninterrupted);
            }
        }
    }

    @Test
    void promptsWhoseAnswersAllScoreTheSameAreReplaced() {
        RunSpec spec = dynamicallySampled(3, 0);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = indifferent(bench)) {
            String id = bench.create(spec);
            assertThat(services.finish(bench, id).getFailure()).isEmpty();

            assertThat(bench.metric(id, "groups/all")).containsExactly(6.0, 4.0, 4.0);
            assertThat(bench.metric(id, "groups/equal")).containsExactly(2.0, 0.0, 0.0);
            assertThat(bench.metric(id, "frac_reward_zero_std")).containsExactly(2 / 6.0, 0.0, 0.0);
            assertThat(bench.metric(id, "episode")).containsExactly(16.0, 32.0, 48.0);
            List<StepAdmitted> steps = bench.connection().view().steps(id);
            assertThat(steps).extracting(StepAdmitted::getStep).containsExactly(1L, 1L, 2L, 3L);
            assertThat(steps).extracting(StepAdmitted::getInstalment).containsExactly(0, 1, 0, 0);
        }
    }

    @Test
    void dapoReplacesPromptsAndShortensTheScoresOfLongAnswersInOneRun() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = indifferent(bench)) {
            String id = bench.create(spec(1, dapo()));
            assertThat(services.finish(bench, id).getFailure()).isEmpty();

            assertThat(bench.metric(id, "groups/all")).containsExactly(6.0);
            assertThat(bench.metric(id, "groups/equal")).containsExactly(2.0);
            assertThat(bench.metric(id, "objective/scores").get(0))
                    .isCloseTo(
                            bench.trajectories(1).stream()
                                    .filter(answered -> !allEqual(answered))
                                    .mapToDouble(CriticFreeRunTest::scoreWithinBuffer)
                                    .average()
                                    .orElseThrow(),
                            Offset.offset(1e-5));
            assertThat(bench.metric(id, "loss/policy_avg").get(0)).isNotZero();
        }
    }

    private static boolean allEqual(Trajectory answered) {
        return answered.getJudgementsList().stream().allMatch(judgement -> judgement.getReward() == 0.5f);
    }

    /** Mean score of a prompt's answers, which falls by 1 over the last 4 of 8 tokens. */
    private static double scoreWithinBuffer(Trajectory answered) {
        return IntStream.range(0, answered.getJudgementsCount())
                .mapToDouble(i -> answered.getJudgements(i).getReward()
                        - Math.max(0, answered.getRollout().getSamples(i).getTokenIdsCount() - 4) / 4.0)
                .average()
                .orElseThrow();
    }

    @Test
    void aStepThatMayAskForNoMoreLearnsFromWhatItHas() {
        RunSpec.Builder spec = dynamicallySampled(1, 0).toBuilder();
        spec.getPpoBuilder().setMaxPromptsPerStep(5);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics()).indifferentTo(prompt -> true)) {
            String id = bench.create(spec.build());
            assertThat(services.finish(bench, id).getFailure()).isEmpty();

            assertThat(bench.metric(id, "groups/all")).containsExactly(5.0);
            assertThat(bench.metric(id, "frac_reward_zero_std")).containsExactly(1.0);
            assertThat(bench.metric(id, "loss/policy_avg").get(0)).isZero();
        }
    }

    @Test
    void aRunThatReplacesPromptsAndIsKilledEndsBitEqualToAnUninterruptedOne() {
        RunSpec spec = dynamicallySampled(4, 0);
        String uninterrupted;
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = indifferent(bench)) {
            services.finish(bench, bench.create(spec));
            uninterrupted = bench.weights("policy@5");
        }
        try (Bench bench = killed(spec, directory.resolve("b"), 1, 2, 3)) {
            assertThat(bench.weights("policy@5")).isEqualTo(uninterrupted);
        }
    }

    @Test
    void noPromptIsFedTwiceByARunThatReplacesPromptsAheadOfItsLearningAndIsKilled() {
        try (Bench bench = killed(dynamicallySampled(6, 1), directory.resolve("a"), 1, 2, 3, 5);
                LogReader<Prompt> log =
                        new LogReader<>(bench.topics(), bench.topics().trainingPrompts())) {
            List<Long> fed = new ArrayList<>();
            List<Fetched<Prompt>> fetched = log.poll(Duration.ofSeconds(10));
            while (!fetched.isEmpty()) {
                for (Fetched<Prompt> record : fetched) {
                    if (record instanceof Incoming<Prompt> incoming) {
                        fed.add(incoming.message().getFeedIndex());
                    }
                }
                fetched = log.poll(Duration.ofMillis(500));
            }
            assertThat(fed).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(26);
        }
    }

    /** A run that is killed at these steps, when it has ended. */
    private static Bench killed(RunSpec spec, Path directory, long... steps) {
        Bench bench = Bench.in(directory);
        try (HandMadeServices services = indifferent(bench)) {
            String id = bench.create(spec);
            for (long step : steps) {
                while (bench.get(id).getStep() < step) {
                    bench.poll();
                    services.poll();
                }
                bench = bench.restarted();
            }
            assertThat(services.finish(bench, id).getFailure()).isEmpty();
            return bench;
        }
    }

    /** No answer to two prompts of the first batch is better than another. */
    private static HandMadeServices indifferent(Bench bench) {
        return new HandMadeServices(bench.topics())
                .indifferentTo(prompt ->
                        prompt.getId().endsWith("/1") || prompt.getId().endsWith("/2"));
    }

    private RunSpec dynamicallySampled(int steps, int maxStaleness) {
        return spec(
                steps,
                PpoSpec.newBuilder()
                        .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN)
                        .setMaxPromptsPerStep(8)
                        .setMaxStaleness(maxStaleness));
    }

    private RunSpec spec(int steps, PpoSpec.Builder choice) {
        PpoSpec ppo = PpoSpec.newBuilder()
                .setModel(TestModels.random("llama", directory, 1).toString())
                .setPrompts(TestData.data(directory.resolve("prompts.jsonl"), 12, TestData::question))
                .setReward(RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("wanted")
                                .setLength(LengthReward.getDefaultInstance())))
                .setSteps(steps)
                .setPromptsPerStep(4)
                .setSamplesPerPrompt(4)
                .setMinibatches(2)
                .setStopping(Stopping.newBuilder().setMaxTokens(8))
                .setKl(KlPenalty.newBuilder().setCoefficient(0.01))
                .setOptimizer(Optimizer.newBuilder().setLearningRate(3e-3))
                .setCourse(Course.newBuilder().setCheckpointEvery(2))
                .build();
        return RunSpec.newBuilder()
                .setName("answers")
                .setPpo(ppo.toBuilder().mergeFrom(choice.build()))
                .build();
    }
}
