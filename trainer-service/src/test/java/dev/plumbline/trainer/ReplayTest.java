package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.Ema;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.serving.error.CallerFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ReplayTest {
    @TempDir
    Path directory;

    @Test
    void stepsThatAreLearntAgainFromTheLogGiveTheSameWeightsAndDisturbNothing() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 5);
        spec.getPpoBuilder()
                .setMaxStaleness(1)
                .setEma(Ema.getDefaultInstance())
                .setEvaluation(TestData.data(directory.resolve("held-out.jsonl"), 4, i -> TestData.question(i + 100)))
                .setPtx(PretrainingMix.newBuilder()
                        .setData(TestData.data(directory.resolve("texts.jsonl"), 10, TestData::text)))
                .setCourse(Course.newBuilder().setCheckpointEvery(1).setKeepCheckpoints(4));
        Bench bench = Bench.in(directory.resolve("a"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run original = services.finish(bench, bench.create(spec.build()));
            assertThat(original.getFailure()).isEmpty();
            List<ModelVersion> store = bench.store().list();
            Collection<ModelPublished> models = bench.connection().view().models();

            Run replay = bench.runs()
                    .replay(request(original.getRunId()).setFromStep(2).build());
            assertThat(replay.getRunId()).startsWith("ppo-replay-");
            while (bench.get(replay.getRunId()).getStep() < 4) {
                bench.poll();
            }
            bench = bench.restarted();
            while (!bench.ended(replay.getRunId())) {
                bench.poll();
            }
            Run done = bench.get(replay.getRunId());

            assertThat(done.getFailure()).isEmpty();
            assertThat(done.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(done.getReplay().getCheckpointStep()).isEqualTo(2);
            assertThat(done.getReplay().getVersionsList())
                    .extracting(ReplayedVersion::getStep)
                    .containsExactly(3L, 4L, 5L);
            assertThat(done.getReplay().getVersionsList()).allSatisfy(version -> {
                assertThat(version.getReplayedSha256()).isEqualTo(version.getPublishedSha256());
            });
            assertThat(done.getReplay().getVersions(2).getPublishedSha256()).isEqualTo(bench.weights("policy@6"));
            assertThat(bench.metric(done.getRunId(), "loss/policy_avg"))
                    .isEqualTo(
                            bench.metric(original.getRunId(), "loss/policy_avg").subList(2, 5));
            assertThat(done.getModelsList()).isEmpty();
            assertThat(bench.store().list()).isEqualTo(store);
            assertThat(bench.connection().view().models()).containsExactlyElementsOf(models);
            assertThat(bench.connection().view().run(done.getRunId())).isEmpty();
        } finally {
            bench.close();
        }
    }

    @Test
    void aReplayOfAdaptersLeavesOutThePromptsThatWereLeftOut() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 3);
        spec.getPpoBuilder()
                .clearCriticOptimizer()
                .setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                .setMaxPromptsPerStep(8)
                .setLora(Lora.newBuilder().setRank(2))
                .setCourse(Course.newBuilder().setCheckpointEvery(1).setKeepCheckpoints(4));
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())
                        .indifferentTo(prompt -> prompt.getId().endsWith("/5"))) {
            Run original = services.finish(bench, bench.create(spec.build()));
            assertThat(original.getFailure()).isEmpty();
            assertThat(bench.metric(original.getRunId(), "groups/equal")).contains(1.0);

            Run replay = bench.runs()
                    .replay(request(original.getRunId()).setFromStep(1).build());
            while (!bench.ended(replay.getRunId())) {
                bench.poll();
            }
            Run done = bench.get(replay.getRunId());

            assertThat(done.getFailure()).isEmpty();
            assertThat(done.getReplay().getVersionsList())
                    .hasSize(2)
                    .allSatisfy(
                            version -> assertThat(version.getReplayedSha256()).isEqualTo(version.getPublishedSha256()));
            assertThat(bench.metric(done.getRunId(), "groups/equal"))
                    .isEqualTo(bench.metric(original.getRunId(), "groups/equal").subList(1, 3));
        }
    }

    @Test
    void theFirstDifferenceIsNamed() throws IOException {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            Run original = services.finish(bench, bench.create(spec(4)));
            Path versions = directory.resolve("a/runs/" + original.getRunId() + "/versions.jsonl");
            Files.writeString(versions, Files.readString(versions).replace(bench.weights("policy@4"), "0".repeat(64)));
            Run replay = bench.runs().replay(request(original.getRunId()).build());
            while (!bench.ended(replay.getRunId())) {
                bench.poll();
            }
            Run done = bench.get(replay.getRunId());

            assertThat(done.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(done.getFailure())
                    .endsWith(
                            "the weights of 1 of 2 versions differ from what was published, first those of policy@4 of"
                                    + " step 3");
            assertThat(bench.metric(done.getRunId(), "replay/equal")).containsExactly(0.0, 1.0);
        }
    }

    @Test
    void whatCannotBeLearntAgainIsRefusedWithTheStepsThatCan() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec(5));
            assertRefused(bench, request(id), id + " has not ended; wait for its end, or cancel it");
            Run original = services.finish(bench, id);
            assertThat(original.getFailure()).isEmpty();

            assertRefused(
                    bench,
                    request(id).setFromStep(1),
                    "from_step must be from 4 to 4, got 1: the run has checkpoints of the steps [4] to begin at");
            assertRefused(bench, request(id).setFromStep(5), "from_step must be from 4 to 4, got 5");
            assertRefused(bench, request(id).setFromStep(4).setToStep(9), "to_step must be from 5 to 5, got 9");
            assertRefused(bench, request("nobody"), "there is no run \"nobody\"");
            Run replay = bench.runs().replay(request(id).build());
            assertRefused(bench, request(replay.getRunId()), replay.getRunId() + " is a replay itself; replay " + id);
        }
    }

    static Stream<Function<Path, RunSpec>> runsOverData() {
        Course course =
                Course.newBuilder().setCheckpointEvery(3).setKeepCheckpoints(4).build();
        return Stream.of(
                directory -> {
                    RunSpec.Builder spec = TestSpecs.sft(directory);
                    spec.getSftBuilder().setDropout(0.2).setCourse(course);
                    return spec.build();
                },
                directory -> {
                    RunSpec.Builder spec = TestSpecs.rewardModel(directory);
                    spec.getRewardModelBuilder().setCourse(course);
                    return spec.build();
                },
                directory -> RunSpec.newBuilder()
                        .setDpo(DpoSpec.newBuilder()
                                .setModel(TestModels.checkpoint("llama")
                                        .toAbsolutePath()
                                        .toString())
                                .setData(TestData.data(directory.resolve("ranked.jsonl"), 16, TestData::ranking))
                                .setBatchSize(4)
                                .setEpochs(2)
                                .setCourse(course))
                        .build());
    }

    @ParameterizedTest
    @MethodSource("runsOverData")
    void aRunOverDataLearntAgainFromItsBaseOrACheckpointGivesTheSameWeightsAndDisturbsNothing(
            Function<Path, RunSpec> spec) {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run original = bench.run(spec.apply(directory));
            List<ModelVersion> store = bench.store().list();
            String published = original.getModels(original.getModelsCount() - 1);

            for (long from : new long[] {0, 4}) {
                Run replay = replayed(bench, request(original.getRunId()).setFromStep(from));

                assertThat(replay.getFailure()).isEmpty();
                assertThat(replay.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
                assertThat(replay.getReplay().getCheckpointStep()).isEqualTo(from == 0 ? 0 : 3);
                assertThat(replay.getReplay().getVersionsList()).singleElement().satisfies(version -> {
                    assertThat(version.getStep()).isEqualTo(original.getStep());
                    assertThat(version.getModel()).isEqualTo(published);
                    assertThat(version.getPublishedSha256()).isEqualTo(bench.weights(published));
                    assertThat(version.getReplayedSha256()).isEqualTo(bench.weights(published));
                });
                List<Double> losses = bench.metric(original.getRunId(), "loss");
                assertThat(losses).hasSize(8);
                assertThat(bench.metric(replay.getRunId(), "loss")).isEqualTo(losses.subList(from == 0 ? 0 : 3, 8));
                assertThat(replay.getModelsList()).isEmpty();
                assertThat(bench.store().list()).isEqualTo(store);
            }
        }
    }

    @Test
    void aRunOverDataThatHasChangedIsNotLearntAgain() throws IOException {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run original = bench.run(TestSpecs.sft(directory).build());
            Path data = directory.resolve("data.jsonl");
            Files.write(data, List.of(TestData.demonstration(40)), StandardOpenOption.APPEND);

            Run replay = replayed(bench, request(original.getRunId()));

            assertThat(replay.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(replay.getFailure())
                    .contains(data + " has changed since the run began: it was ")
                    .endsWith("; put back what the run began with, or start a new run");
            assertRefused(
                    bench,
                    request(original.getRunId()).setToStep(5),
                    "to_step must be 8 or not set, got 5: only the last step of " + original.getRunId()
                            + " was published");
        }
    }

    private static Run replayed(Bench bench, ReplayRunRequest.Builder request) {
        String id = bench.runs().replay(request.build()).getRunId();
        while (!bench.ended(id)) {
            bench.poll();
        }
        return bench.get(id);
    }

    private static void assertRefused(Bench bench, ReplayRunRequest.Builder request, String reason) {
        assertThatThrownBy(() -> bench.runs().replay(request.build()))
                .isInstanceOf(CallerFault.class)
                .hasMessageContaining(reason);
    }

    private RunSpec spec(int steps) {
        return TestSpecs.ppo(directory, steps).build();
    }

    private static ReplayRunRequest.Builder request(String id) {
        return ReplayRunRequest.newBuilder().setRunId(id);
    }
}
