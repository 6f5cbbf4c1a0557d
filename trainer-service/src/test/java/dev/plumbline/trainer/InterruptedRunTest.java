package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Lora;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are killed wherever something of them has just become durable, or whose disk fails them. */
final class InterruptedRunTest {
    private static final Course COURSE =
            Course.newBuilder().setCheckpointEvery(2).setEvaluateEvery(3).build();
    /** The first checkpoint is of the step that ends an epoch of 16 examples in fours. */
    private static final Course BETWEEN_EPOCHS =
            Course.newBuilder().setCheckpointEvery(4).build();

    @TempDir
    Path directory;

    @Test
    void aFineTuningKilledAtEveryBoundaryEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        // 32 examples in steps of 12: epochs end within steps.
        spec.getSftBuilder().setBatchSize(12).setDropout(0.2).setCourse(COURSE);
        assertThatKillsChangeNothing(spec.build(), "policy@1");
    }

    @Test
    void aRewardModelKilledAtEveryBoundaryEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.rewardModel(directory);
        spec.getRewardModelBuilder().setBatchSize(5).setCourse(COURSE);
        assertThatKillsChangeNothing(spec.build(), "reward@1");
    }

    @Test
    void aDpoRunKilledAtEveryBoundaryEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.dpo(directory);
        spec.getDpoBuilder().setBatchSize(5).setCourse(COURSE);
        assertThatKillsChangeNothing(spec.build(), "policy@1");
    }

    @Test
    void aRewardModelKilledExactlyBetweenTwoEpochsEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.rewardModel(directory);
        spec.getRewardModelBuilder().setCourse(BETWEEN_EPOCHS);
        assertThatAKillChangesNothing(spec.build(), "reward@1", 4);
    }

    @Test
    void aRewardModelOfAdaptersKilledExactlyBetweenTwoEpochsEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.rewardModel(directory);
        spec.getRewardModelBuilder().setLora(Lora.newBuilder().setRank(2)).setCourse(BETWEEN_EPOCHS);
        assertThatAKillChangesNothing(spec.build(), "reward@1", 4);
    }

    @Test
    void aDpoRunKilledExactlyBetweenTwoEpochsEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.dpo(directory);
        spec.getDpoBuilder().setCourse(BETWEEN_EPOCHS);
        assertThatAKillChangesNothing(spec.build(), "policy@1", 4);
    }

    @Test
    void aPpoRunKilledAtEveryBoundaryEndsBitEqual() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 5);
        spec.getPpoBuilder()
                .setEvaluation(TestData.data(directory.resolve("held-out.jsonl"), 4, i -> TestData.question(i + 100)))
                .setCourse(COURSE);
        assertThatKillsChangeNothing(spec.build(), "policy@6");
    }

    @Test
    void aDamagedCheckpointOfAPpoRunIsReplacedByTheOneBefore() throws IOException {
        RunSpec spec = TestSpecs.ppo(directory, 5).build();
        Outcome whole = undisturbed(spec, "policy@6");
        Bench killed = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(killed.topics())) {
            String id = killed.create(spec);
            while (killed.get(id).getStep() < 5) {
                killed.poll();
                services.poll();
            }
            flipAByte(directory.resolve("b/runs/" + id + "/checkpoints/step-000000000004/policy.moments"));
            try (Bench bench = killed.restarted()) {
                assertThat(finish(bench, services, id, "policy@6")).isEqualTo(whole);
                assertThat(bench.get(id).getNotesList())
                        .anySatisfy(note -> assertThat(note)
                                .startsWith("the checkpoint of step 4 is damaged and was set aside")
                                .endsWith("the one of step 2 takes its place"));
            }
        }
    }

    @Test
    void aRunWaitsWhileTheDiskTakesNoCheckpointAndGoesOnWhenItDoes() throws IOException {
        RunSpec.Builder given = TestSpecs.sft(directory);
        given.getSftBuilder().setCourse(COURSE);
        RunSpec spec = given.build();
        Outcome whole = undisturbed(spec, "policy@1");
        Bench full = Bench.in(directory.resolve("b"));
        String id = full.create(spec);
        // The child's files may have 600 KiB: room for the weights, none for the moments.
        String reason = FullDisk.reasonToWait(directory.resolve("b"), full, id, 600);

        assertThat(reason)
                .startsWith("waits for the disk: the checkpoint of step 2 cannot be written to "
                        + directory.resolve("b/runs/" + id + "/checkpoints"))
                .containsPattern("needs at least [0-9]{6,} bytes, [0-9]+ are free")
                .contains("File too large");
        try (Bench bench = full.restarted();
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            assertThat(finish(bench, services, id, "policy@1")).isEqualTo(whole);
        }
    }

    @Test
    void aRunWaitsWhileTheDiskTakesNoExamplesAndBeginsWhenItDoes() throws IOException {
        RunSpec spec = TestSpecs.sft(directory).build();
        Outcome whole = undisturbed(spec, "policy@1");
        try (Bench bench = Bench.in(directory.resolve("b"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            Path data = directory.resolve("b/runs/" + id + "/data");
            Files.createFile(data); // where their directory should be
            while (!bench.get(id).getWaiting().getReason().startsWith("waits for the disk")) {
                bench.poll();
            }
            assertThat(bench.get(id).getWaiting().getReason())
                    .startsWith("waits for the disk: the data as token ids cannot be written to " + data);
            Files.delete(data);
            assertThat(finish(bench, services, id, "policy@1")).isEqualTo(whole);
        }
    }

    @Test
    void aRunWaitsWhileNoVersionCanBeWrittenAndGoesOnWhenItCan() throws IOException {
        RunSpec spec = TestSpecs.ppo(directory, 3).build();
        Outcome whole = undisturbed(spec, "policy@4");
        try (Bench bench = Bench.in(directory.resolve("b"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            while (bench.get(id).getStep() < 1) {
                bench.poll();
                services.poll();
            }
            Path staging = directory.resolve("b/store/.staging");
            Files.delete(staging);
            while (!bench.get(id).hasWaiting()
                    || !bench.get(id).getWaiting().getReason().startsWith("waits for the disk")) {
                bench.poll();
                services.poll();
            }
            assertThat(bench.get(id).getWaiting().getReason())
                    .startsWith("waits for the disk: a version of policy cannot be written to ")
                    .contains("bytes");
            Files.createDirectory(staging);
            assertThat(finish(bench, services, id, "policy@4")).isEqualTo(whole);
        }
    }

    /** What has to be the same, whatever happened. */
    private record Outcome(String weights, List<Map<String, Double>> metrics) {}

    private void assertThatKillsChangeNothing(RunSpec spec, String result) {
        Outcome whole = undisturbed(spec, result);
        Bench bench = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(bench.topics())) {
            String id = bench.create(spec);
            Set<String> seen = new HashSet<>(Set.of(mark(bench, id)));
            int kills = 0;
            while (!bench.ended(id)) {
                bench.poll();
                services.poll();
                if (seen.add(mark(bench, id)) && !bench.ended(id)) {
                    bench = bench.restarted();
                    kills++;
                }
            }
            try (Bench last = bench) {
                assertThat(kills).isGreaterThan((int) last.get(id).getTotalSteps());
                assertThat(finish(last, services, id, result)).isEqualTo(whole);
            }
        }
    }

    /** Changes whenever something of a run has become durable. */
    private String mark(Bench bench, String id) {
        try {
            List<String> files = new ArrayList<>();
            Path checkpoints = directory.resolve("b/runs/" + id + "/checkpoints");
            if (Files.exists(checkpoints)) {
                try (var steps = Files.list(checkpoints)) {
                    steps.forEach(step -> files.add(step.getFileName().toString()));
                }
            }
            return files.stream().sorted().toList() + " " + bench.metrics(id).size() + " "
                    + bench.store().list() + " "
                    + bench.connection().view().steps(id).size() + " "
                    + bench.get(id).getState();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The run is killed once, as soon as the checkpoint of a step is there. */
    private void assertThatAKillChangesNothing(RunSpec spec, String result, long step) {
        Outcome whole = undisturbed(spec, result);
        Bench killed = Bench.in(directory.resolve("b"));
        try (HandMadeServices services = new HandMadeServices(killed.topics())) {
            String id = killed.create(spec);
            Path checkpoint = directory.resolve("b/runs/" + id + "/checkpoints/step-%012d".formatted(step));
            while (!Files.exists(checkpoint)) {
                killed.poll();
            }
            assertThat(killed.get(id).getStep()).isEqualTo(step);
            assertThat(killed.metric(id, "epoch")).last().isEqualTo(1.0);
            try (Bench bench = killed.restarted()) {
                assertThat(finish(bench, services, id, result)).isEqualTo(whole);
            }
        }
    }

    private Outcome undisturbed(RunSpec spec, String result) {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())) {
            return finish(bench, services, bench.create(spec), result);
        }
    }

    private static Outcome finish(Bench bench, HandMadeServices services, String id, String result) {
        Run run = services.finish(bench, id);
        assertThat(run.getFailure()).isEmpty();
        assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(run.getModelsList()).last().isEqualTo(result);
        return new Outcome(
                bench.weights(result),
                bench.metrics(id).stream().map(InterruptedRunTest::figures).toList());
    }

    /** A point's figures that are no measure of time or of what came twice. */
    private static Map<String, Double> figures(MetricsPoint point) {
        Map<String, Double> figures = new TreeMap<>(point.getValuesMap());
        figures.keySet().removeIf(name -> name.startsWith("time/") || name.startsWith("tokens_per_second/"));
        figures.remove("trajectories/repeated");
        figures.put("step", (double) point.getStep());
        return figures;
    }

    private static void flipAByte(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long middle = channel.size() / 2;
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, middle);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 1)}), middle);
        }
    }
}
