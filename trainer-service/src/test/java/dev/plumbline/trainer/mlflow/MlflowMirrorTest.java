package dev.plumbline.trainer.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.trainer.run.HandMadeRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MlflowMirrorTest {
    @TempDir
    Path directory;

    private final AtomicLong nanoTime = new AtomicLong();

    @Test
    void aRunArrivesWithItsSpecItsFiguresByStepAndItsEnd() throws IOException {
        try (RecordingServer server = new RecordingServer(0)) {
            HandMadeRun run = HandMadeRun.in(directory);
            MlflowMirror mirror = mirror(server, run);
            run.measured(1, Map.of("loss", 2.5));
            run.measured(2, Map.of("rewards/no:swearing/mean", 0.5));
            all(mirror);
            run.end(RunState.RUN_STATE_FAILED);
            all(mirror);

            assertThat(server.runs()).isEqualTo(1);
            assertThat(server.tags())
                    .containsEntry("plumbline.run_id", run.id())
                    .containsEntry("plumbline.stage", "sft");
            assertThat(server.params()).containsEntry("sft.model", "base@1").containsEntry("name", "chat");
            assertThat(server.metrics()).containsExactly("loss 2.5 at 1", "rewards/no_swearing/mean 0.5 at 2");
            assertThat(server.status()).isEqualTo("FAILED");
        }
    }

    @Test
    void aServerThatIsAwayHoldsNothingUpAndGetsEverythingLater() throws IOException {
        HandMadeRun run = HandMadeRun.in(directory);
        int port;
        try (RecordingServer gone = new RecordingServer(0)) {
            port = Integer.parseInt(gone.uri().replaceAll(".*:", ""));
        }
        MlflowMirror mirror =
                new MlflowMirror(new MlflowServer("http://127.0.0.1:" + port, "e"), run.runs(), nanoTime::get);
        run.observed(mirror);
        for (int step = 1; step <= 3000; step++) {
            run.measured(step, Map.of("loss", 1.0));
            assertThat(mirror.poll()).isZero();
        }
        try (RecordingServer server = new RecordingServer(port)) {
            assertThat(mirror.poll()).isZero(); // not asked again so soon
            nanoTime.addAndGet(60_000_000_000L);
            server.failWith(503);
            assertThat(mirror.poll()).isZero();
            nanoTime.addAndGet(60_000_000_000L);
            server.failWith(0);
            all(mirror);

            assertThat(server.metrics()).hasSize(3000).endsWith("loss 1.0 at 3000");
            assertThat(server.batches()).allSatisfy(size -> assertThat(size).isLessThan(1000));
        }
    }

    @Test
    void aRestartedTrainerGoesOnBehindWhatHasArrivedAlsoWhenStepsAreLearntAgain() throws IOException {
        try (RecordingServer server = new RecordingServer(0)) {
            HandMadeRun run = HandMadeRun.in(directory);
            MlflowMirror mirror = mirror(server, run);
            for (int step = 1; step <= 3; step++) {
                run.measured(step, Map.of("loss", (double) step));
            }
            all(mirror);

            HandMadeRun again = run.restarted();
            MlflowMirror other = mirror(server, again);
            again.rewind(1, 1);
            for (int step = 2; step <= 4; step++) {
                again.measured(step, Map.of("loss", (double) step));
            }
            all(other);

            assertThat(server.runs()).isEqualTo(1);
            assertThat(server.metrics())
                    .containsExactly("loss 1.0 at 1", "loss 2.0 at 2", "loss 3.0 at 3", "loss 4.0 at 4");
        }
    }

    @Test
    void anAddressThatIsNoneIsRefusedWithTheFix() {
        assertThatThrownBy(() -> new MlflowServer("mlflow:5000", "plumbline"))
                .hasMessage("plumbline.trainer.mlflow.tracking-uri must be an address such as http://mlflow:5000, got"
                        + " \"mlflow:5000\"");
    }

    private MlflowMirror mirror(RecordingServer server, HandMadeRun run) {
        MlflowMirror mirror = new MlflowMirror(new MlflowServer(server.uri(), "plumbline"), run.runs(), nanoTime::get);
        run.observed(mirror);
        return mirror;
    }

    private static void all(MlflowMirror mirror) {
        while (mirror.poll() > 0) {
            // the next call
        }
    }
}
