package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftObjective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SftRunTest {
    @TempDir
    Path directory;

    @Test
    void fineTuningFromNothingLowersTheHeldOutLossAndPublishesTheModel() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec(3e-3, 1).build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(run.getStep()).isEqualTo(20).isEqualTo(run.getTotalSteps());
            assertThat(run.getModelsList()).containsExactly("policy@1");
            List<Double> losses = bench.metric(run.getRunId(), "eval/loss");
            assertThat(losses).hasSize(2);
            assertThat(losses.get(0)).isGreaterThan(5); // about ln 480: nothing is known yet
            assertThat(losses.get(1)).isLessThan(losses.get(0) / 2);
            assertThat(run.getNotesList())
                    .anySatisfy(note -> assertThat(note).contains("40 lines read, 40 used"))
                    .contains("held out 8 of them by the run's seed");
            assertThat(bench.connection().view().models())
                    .extracting(model -> model.getName() + "@" + model.getVersion() + " of step " + model.getStep()
                            + " from " + model.getParent())
                    .containsExactly("llama-empty@1 of step 0 from ", "policy@1 of step 20 from llama-empty@1");
        }
    }

    @Test
    void languageModellingLearnsEveryTokenOfATextButTheFirst() {
        RunSpec.Builder spec = spec(3e-3, 1);
        spec.getSftBuilder()
                .setObjective(SftObjective.SFT_OBJECTIVE_TEXT)
                .setOutput("base")
                .setData(TestData.data(directory.resolve("texts.jsonl"), 40, TestData::text)
                        .setEvalFraction(0.2));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());

            assertThat(run.getModelsList()).containsExactly("base@1");
            List<Double> losses = bench.metric(run.getRunId(), "eval/loss");
            assertThat(losses.get(1)).isLessThan(losses.get(0) / 2);
        }
    }

    @Test
    void aKilledAndResumedRunEndsBitEqualToAnUninterruptedOne() {
        RunSpec spec = spec(3e-3, 3).build();
        String uninterrupted;
        List<Double> losses;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec);
            uninterrupted = bench.weights("policy@1");
            losses = bench.metric(run.getRunId(), "loss");
        }
        Bench bench = Bench.in(directory.resolve("b"));
        String id = bench.create(spec);
        for (long killedAt : new long[] {2, 8, 19}) {
            while (bench.get(id).getStep() < killedAt) {
                bench.poll();
            }
            bench = bench.restarted();
        }
        try (Bench last = bench) {
            while (!last.ended(id)) {
                last.poll();
            }
            assertThat(last.get(id).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(last.get(id).getModelsList()).containsExactly("policy@1");
            assertThat(last.weights("policy@1")).isEqualTo(uninterrupted);
            assertThat(last.metric(id, "loss")).isEqualTo(losses);
        }
    }

    @Test
    void adaptersLearnAndThePublishedModelHoldsThemAddedToItsWeights() {
        RunSpec.Builder pretraining = spec(3e-3, 3);
        pretraining.getSftBuilder().setOutput("base");
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            bench.run(pretraining.build());
            Run run = bench.run(adapted().build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getModelsList()).containsExactly("policy@1");
            List<Double> losses = bench.metric(run.getRunId(), "eval/loss");
            assertThat(losses.get(1)).isLessThan(losses.get(0));
            Path version = bench.store().directory(ModelVersion.parse("policy@1"));
            assertThat(version.resolve("adapter/adapter_config.json")).isRegularFile();
            assertThat(version.resolve("adapter/adapter_model.safetensors")).isRegularFile();
            assertThat(bench.weights("policy@1")).isNotEqualTo(bench.weights("base@1"));
            // What was published says what was learnt: the next run's first evaluation is this one's last.
            RunSpec.Builder next = spec(1e-3, 3);
            next.getSftBuilder().setModel("policy@1").setOutput("next");
            List<Double> published = bench.metric(bench.run(next.build()).getRunId(), "eval/loss");
            assertThat(published.get(0)).isCloseTo(losses.get(1), Offset.offset(1e-5));
        }
    }

    @Test
    void aKilledAndResumedRunOfAdaptersEndsBitEqualToAnUninterruptedOne() throws IOException {
        RunSpec.Builder pretraining = spec(3e-3, 3);
        pretraining.getSftBuilder().setOutput("base");
        String uninterrupted;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            bench.run(pretraining.build());
            bench.run(adapted().build());
            uninterrupted = bench.weights("policy@1");
        }
        Bench bench = Bench.in(directory.resolve("b"));
        bench.run(pretraining.build());
        String id = bench.create(adapted().build());
        for (long killedAt : new long[] {2, 11}) {
            while (bench.get(id).getStep() < killedAt) {
                bench.poll();
            }
            bench = bench.restarted();
        }
        try (Bench last = bench) {
            while (!last.ended(id)) {
                last.poll();
            }
            assertThat(last.get(id).getFailure()).isEmpty();
            assertThat(last.weights("policy@1")).isEqualTo(uninterrupted);
            Path checkpoints = directory.resolve("b/runs/" + id + "/checkpoints");
            assertThat(filesBelow(checkpoints))
                    .contains("adapter_model.safetensors")
                    .doesNotContain("model.safetensors");
        }
    }

    private static List<String> filesBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private RunSpec.Builder adapted() {
        RunSpec.Builder spec = spec(1e-2, 3);
        spec.getSftBuilder()
                .setModel("base@1")
                .setLora(Lora.newBuilder().setRank(4))
                .setDropout(0.1);
        return spec;
    }

    @Test
    void gradientCheckpointingChangesNoBitOfTheResult() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = spec(1e-3, 3);
            spec.getSftBuilder().setDropout(0.2);
            bench.run(spec.build());
            spec.getSftBuilder().getCourseBuilder().setGradientCheckpointing(true);
            bench.run(spec.build());

            assertThat(bench.weights("policy@2")).isEqualTo(bench.weights("policy@1"));
        }
    }

    @Test
    void textsBesideDemonstrationsAreLearntToo() {
        RunSpec.Builder spec = spec(3e-3, 1);
        String without;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            bench.run(spec.build());
            without = bench.weights("policy@1");
        }
        try (Bench bench = Bench.in(directory.resolve("b"))) {
            Run run = bench.run(mixed(spec).build());

            assertThat(run.getFailure()).isEmpty();
            assertThat(run.getNotesList())
                    .anySatisfy(
                            note -> assertThat(note).startsWith("pretraining: ").contains("9 lines read, 9 used"));
            List<Double> losses = bench.metric(run.getRunId(), "loss/pretraining");
            assertThat(losses.get(losses.size() - 1)).isLessThan(losses.get(0) / 2);
            // A fifth of all examples: two beside each eight demonstrations.
            assertThat(losses).hasSize(20);
            assertThat(bench.weights("policy@1")).isNotEqualTo(without);
        }
    }

    @Test
    void aKilledRunWithTextsBesideResumesBitEqual() {
        RunSpec.Builder given = mixed(spec(3e-3, 3));
        given.getSftBuilder().setDropout(0.2);
        RunSpec spec = given.build();
        String uninterrupted;
        List<Double> losses;
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec);
            uninterrupted = bench.weights("policy@1");
            losses = bench.metric(run.getRunId(), "loss/pretraining");
        }
        Bench bench = Bench.in(directory.resolve("b"));
        String id = bench.create(spec);
        for (long killedAt : new long[] {4, 13}) { // at the border of an epoch, and within one
            while (bench.get(id).getStep() < killedAt) {
                bench.poll();
            }
            bench = bench.restarted();
        }
        try (Bench last = bench) {
            while (!last.ended(id)) {
                last.poll();
            }
            assertThat(last.weights("policy@1")).isEqualTo(uninterrupted);
            assertThat(last.metric(id, "loss/pretraining")).isEqualTo(losses);
        }
    }

    @Test
    void dataThatChangesWhileARunIsKilledIsRefusedAndItsExamplesGoWithTheRun() throws IOException {
        RunSpec spec = spec(3e-3, 1).build();
        Bench bench = Bench.in(directory.resolve("a"));
        String id = bench.create(spec);
        while (bench.get(id).getStep() < 3) {
            bench.poll();
        }
        Path kept = directory.resolve("a/runs/" + id + "/data");
        assertThat(kept).isDirectoryContaining("glob:**/data.examples");
        Path data = Path.of(spec.getSft().getData().getPath());
        Files.writeString(data, Files.readString(data).replace(" is 1\"", " is 7\""));
        try (Bench restarted = bench.restarted()) {
            while (!restarted.ended(id)) {
                restarted.poll();
            }
            assertThat(restarted.get(id).getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(restarted.get(id).getFailure()).contains(data + " has changed since the run began");
        }
        assertThat(kept).isDirectoryNotContaining("glob:**.examples*").isDirectoryContaining("glob:**/data.json");
    }

    @Test
    void microBatchesChangeTheResultByRoundingOnly() {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            RunSpec.Builder spec = mixed(spec(1e-3, 1));
            spec.getSftBuilder().setDropout(0.2);
            List<Double> whole = bench.metric(bench.run(spec.build()).getRunId(), "loss");
            spec.getSftBuilder().getCourseBuilder().setMicroBatchTokens(20);
            List<Double> parts = bench.metric(bench.run(spec.build()).getRunId(), "loss");

            Bench.assertClose(parts, whole);
        }
    }

    @Test
    void aLossThatIsNoNumberFailsTheRunAndLeavesItsLastCheckpointIntact() {
        RunSpec.Builder spec = spec(3e-3, 1);
        // The step at which the learning rate becomes absurd: linear from 1 down, but warmed up from nothing.
        spec.getSftBuilder()
                .setOptimizer(Optimizer.newBuilder()
                        .setLearningRate(1e30)
                        .setWarmupSteps(5)
                        .setWarmupFactor(0));
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec.build());

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure()).contains("finite");
            assertThat(run.getModelsList()).isEmpty();
            assertThat(bench.store().list("policy")).isEmpty();
            Path checkpoints = directory.resolve("a/runs/" + run.getRunId() + "/checkpoints");
            assertThat(checkpoints).isDirectoryContaining(path -> Files.exists(path.resolve("checkpoint.json")));

            Run next = bench.run(spec(3e-3, 1).build());
            assertThat(next.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
    }

    private RunSpec.Builder mixed(RunSpec.Builder spec) {
        spec.getSftBuilder()
                .setPretraining(TestData.data(directory.resolve("mixed.jsonl"), 9, TestData::text))
                .setPretrainingShare(0.2);
        return spec;
    }

    private RunSpec.Builder spec(double learningRate, int checkpointEvery) {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder()
                .setOptimizer(Optimizer.newBuilder().setLearningRate(learningRate))
                .setEpochs(5)
                .setCourse(Course.newBuilder().setCheckpointEvery(checkpointEvery));
        return spec;
    }
}
