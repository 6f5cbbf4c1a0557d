package dev.plumbline.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.serving.error.CallerFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunsTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-31T17:45:02Z"), ZoneOffset.UTC);
    private static final RunSpec SPEC = RunSpec.newBuilder()
            .setName("chat")
            .setSft(SftSpec.newBuilder().setModel("base@1"))
            .build();

    @TempDir
    Path directory;

    @Test
    void runsAreNamedAfterNameAndTimeAndListedTheNewestFirst() {
        Runs runs = new Runs(directory, CLOCK);
        runs.create(request("", SPEC), SPEC);
        runs.create(request("", SPEC), SPEC);

        assertThat(runs.newestFirst())
                .extracting(Run::getRunId)
                .containsExactly("chat-20260131-174502-2", "chat-20260131-174502");
    }

    @Test
    void theSameRequestMakesOneRunAlsoAfterARestart() {
        Runs runs = new Runs(directory, CLOCK);
        Run first = runs.create(request("r1", SPEC), SPEC);

        assertThat(runs.create(request("r1", SPEC), SPEC)).isEqualTo(first);
        Runs restarted = new Runs(directory, CLOCK);
        assertThat(restarted.created("r1", SPEC)).contains(first);
        assertThat(restarted.newestFirst()).containsExactly(first);
        RunSpec other = SPEC.toBuilder().setSeed(7).build();
        assertThatThrownBy(() -> restarted.created("r1", other))
                .isInstanceOf(CallerFault.class)
                .hasMessageContaining("request_id \"r1\" made run chat-20260131-174502 from another spec");
    }

    @Test
    void aWaitingRunIsCancelledAtOnceAndAnActiveOneIsAsked() {
        Runs runs = new Runs(directory, CLOCK);
        String waiting = runs.create(request("", SPEC), SPEC).getRunId();
        assertThat(runs.cancel(waiting).getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);

        String active = runs.create(request("", SPEC), SPEC).getRunId();
        assertThat(runs.claimNext().orElseThrow().getRunId()).isEqualTo(active);
        assertThat(runs.cancel(active).getState()).isEqualTo(RunState.RUN_STATE_RUNNING);
        assertThat(new Runs(directory, CLOCK).cancelRequested(active)).isTrue();
    }

    @Test
    void theRunADeadProcessWasAtComesBeforeThoseThatWait() {
        Runs runs = new Runs(directory, CLOCK);
        runs.create(request("", SPEC), SPEC);
        String second = runs.create(request("", SPEC), SPEC).getRunId();
        runs.store(
                second,
                run -> run.toBuilder().setState(RunState.RUN_STATE_RUNNING).build());

        assertThat(new Runs(directory, CLOCK).next().orElseThrow().getRunId()).isEqualTo(second);
    }

    @Test
    void metricsSurviveARestartAndAHalfWrittenLine() throws IOException {
        Runs runs = new Runs(directory, CLOCK);
        String id = runs.create(request("", SPEC), SPEC).getRunId();
        runs.measured(id, 1, Map.of("loss", 2.0));
        runs.measured(id, 2, Map.of("loss", 1.0, "lr", 0.1));
        Files.writeString(
                directory.resolve(id).resolve("metrics.jsonl"),
                "{\"sequence\": \"3\", \"st",
                StandardOpenOption.APPEND);

        Runs restarted = new Runs(directory, CLOCK);
        assertThat(restarted.get(id).getMetricsMap()).containsEntry("loss", 1.0).containsEntry("lr", 0.1);
        restarted.measured(id, 3, Map.of("loss", Double.NaN));
        assertThat(points(restarted, id, 1))
                .extracting(MetricsPoint::getSequence)
                .containsExactly(2L, 3L);
    }

    @Test
    void measuringAgainFromACheckpointGivesTheSameNumbersAgain() {
        Runs runs = new Runs(directory, CLOCK);
        String id = runs.create(request("", SPEC), SPEC).getRunId();
        for (int step = 1; step <= 4; step++) {
            runs.measured(id, step, Map.of("loss", (double) step));
        }
        new ActiveRun(runs, runs.get(id)).rewind(2, 2);
        runs.measured(id, 3, Map.of("loss", 3.0));

        assertThat(points(runs, id, 0)).extracting(MetricsPoint::getSequence).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aWatchThatBeganBeforeARunWentBackMissesNothingAndGetsNothingTwice() {
        Runs runs = new Runs(directory, CLOCK);
        String id = runs.create(request("", SPEC), SPEC).getRunId();
        for (int step = 1; step <= 3; step++) {
            runs.measured(id, step, Map.of("a-long-name", (double) step));
        }
        MetricsJournal.Cursor watch = runs.metricsAfter(id, 0);
        List<MetricsPoint> seen = new ArrayList<>();
        watch.read(into(seen));
        new ActiveRun(runs, runs.get(id)).rewind(1, 1);
        for (int step = 2; step <= 5; step++) {
            runs.measured(id, step, Map.of("b", (double) step));
        }
        watch.read(into(seen));

        assertThat(seen).extracting(MetricsPoint::getSequence).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(watch.atEnd()).isTrue();
    }

    @Test
    void anEvaluationThatIsMadeAgainTakesThePlaceOfTheOneBeforeAlsoOfAHalfWrittenOne() throws IOException {
        Runs runs = new Runs(directory, CLOCK);
        String id = runs.create(request("", SPEC), SPEC).getRunId();
        runs.sampled(id, 0, List.of(sample(0, "a"), sample(0, "b")));
        runs.sampled(id, 2, List.of(sample(2, "c"), sample(2, "d")));
        Files.writeString(
                directory.resolve(id).resolve("samples.jsonl"),
                "{\"step\": \"4\", \"answer\": \"e\"}\n{\"step\": \"4\", \"ans",
                StandardOpenOption.APPEND);

        Runs restarted = new Runs(directory, CLOCK);
        new ActiveRun(restarted, restarted.get(id)).rewind(2, 0);
        assertThat(restarted.record(id).sampledSteps()).containsExactly(0L, 2L);
        restarted.sampled(id, 2, List.of(sample(2, "f")));
        restarted.sampled(id, 4, List.of(sample(4, "g")));

        assertThat(restarted.samples(id, 2))
                .extracting(EvaluationSample::getAnswer)
                .containsExactly("f");
        assertThat(new Runs(directory, CLOCK).samples(id, 0))
                .extracting(EvaluationSample::getAnswer)
                .containsExactly("a", "b");
        assertThat(directory.resolve(id).resolve("samples.jsonl")).content().hasLineCount(4);
    }

    @Test
    void theDirectoryHoldsTheSpecAsGivenAndAsResolved() {
        RunSpec resolved = SPEC.toBuilder().setSeed(0).build();
        String id =
                new Runs(directory, CLOCK).create(request("r1", SPEC), resolved).getRunId();

        assertThat(directory.resolve(id).resolve("request.json"))
                .content()
                .contains("r1", "base@1")
                .doesNotContain("seed");
        assertThat(directory.resolve(id).resolve("spec.json")).content().contains("\"seed\": \"0\"", "base@1");
    }

    @Test
    void aRunThatWasNotAcknowledgedIsNoRun() throws IOException {
        Files.createDirectories(directory.resolve("half"));
        Files.writeString(directory.resolve("half").resolve("request.json"), "{}");

        assertThat(new Runs(directory, CLOCK).newestFirst()).isEmpty();
    }

    @Test
    void anUnknownRunIsNotFound() {
        assertThatThrownBy(() -> new Runs(directory, CLOCK).get("nobody"))
                .isInstanceOf(CallerFault.class)
                .hasMessageContaining("there is no run \"nobody\"");
    }

    private static List<MetricsPoint> points(Runs runs, String id, long after) {
        List<MetricsPoint> points = new ArrayList<>();
        runs.journal(id).after(after).read(into(points));
        return points;
    }

    private static MetricsJournal.PointReader into(List<MetricsPoint> points) {
        return new MetricsJournal.PointReader() {
            @Override
            public boolean wantsMore() {
                return true;
            }

            @Override
            public void accept(MetricsPoint point) {
                points.add(point);
            }
        };
    }

    private static EvaluationSample sample(long step, String answer) {
        return EvaluationSample.newBuilder().setStep(step).setAnswer(answer).build();
    }

    private static CreateRunRequest request(String id, RunSpec spec) {
        return CreateRunRequest.newBuilder().setRequestId(id).setSpec(spec).build();
    }
}
