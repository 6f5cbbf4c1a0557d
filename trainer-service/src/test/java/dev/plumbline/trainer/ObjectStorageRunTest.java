package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.data.source.S3Settings;
import dev.plumbline.trainer.data.source.S3Storage;
import dev.plumbline.trainer.data.source.SmallS3;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose demonstrations are two objects of a storage. */
final class ObjectStorageRunTest {
    private static final List<String> CREDENTIALS = List.of("aws.accessKeyId", "aws.secretAccessKey");

    @TempDir
    Path directory;

    private SmallS3 server;

    @BeforeEach
    void start() throws IOException {
        CREDENTIALS.forEach(name -> System.setProperty(name, "test"));
        server = new SmallS3();
        server.put("sft/a.jsonl", demonstrations(0, 25));
        server.put("sft/b.jsonl", demonstrations(25, 40));
    }

    @AfterEach
    void stop() {
        server.close();
        CREDENTIALS.forEach(System::clearProperty);
    }

    @Test
    void aRunWhoseConnectionsBreakAndThatIsKilledEndsBitEqualToAnUndisturbedOne() {
        String undisturbed;
        List<Double> losses;
        try (Bench bench = bench("a")) {
            String id = bench.create(spec());
            int before = server.reads();
            Run run = finish(bench, id);

            assertThat(run.getFailure()).isEmpty();
            assertThat(server.reads() - before).isEqualTo(2); // each object once
            undisturbed = bench.weights("policy@1");
            losses = bench.metric(id, "loss");
            assertThat(losses).hasSize(8);
        }
        Bench bench = bench("b");
        String id = bench.create(spec());
        int before = server.reads();
        server.breakNext(3);
        for (long killedAt : new long[] {1, 6}) {
            while (bench.get(id).getStep() < killedAt) {
                bench.poll();
            }
            bench = bench.restarted();
        }
        try (Bench last = bench) {
            assertThat(finish(last, id).getFailure()).isEmpty();
            assertThat(server.reads() - before).isEqualTo(2 + 3); // what broke was taken up, what was read was kept
            assertThat(last.weights("policy@1")).isEqualTo(undisturbed);
            assertThat(last.metric(id, "loss")).isEqualTo(losses);
        }
    }

    @Test
    void aRunWhoseObjectIsReplacedWhileTheTrainerIsAwayDoesNotGoOn() {
        Bench killed = bench("a");
        String id = killed.create(spec());
        while (killed.get(id).getStep() < 3) {
            killed.poll();
        }
        server.put("sft/b.jsonl", demonstrations(26, 41));
        try (Bench bench = killed.restarted()) {
            Run run = finish(bench, id);

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("s3://bucket/sft/b.jsonl has changed since the run began: it was etag:");
            assertThat(run.getModelsList()).isEmpty();
        }
    }

    private Bench bench(String name) {
        return Bench.in(
                directory.resolve(name),
                new S3Storage(new S3Settings(Optional.of(server.endpoint()), Optional.empty())));
    }

    private static Run finish(Bench bench, String id) {
        while (!bench.ended(id)) {
            bench.poll();
        }
        return bench.get(id);
    }

    /** Eight steps, and a checkpoint after every other one. */
    private RunSpec spec() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        spec.getSftBuilder()
                .setData(Data.newBuilder().setPath("s3://bucket/sft").setEvalFraction(0.2))
                .setCourse(Course.newBuilder().setCheckpointEvery(2));
        return spec.build();
    }

    private static String demonstrations(int from, int to) {
        return IntStream.range(from, to).mapToObj(TestData::demonstration).collect(Collectors.joining("\n", "", "\n"));
    }
}
