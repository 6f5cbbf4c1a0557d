package dev.plumbline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.DescribeRunRequest;
import dev.plumbline.proto.trainer.v1.DescribeRunResponse;
import dev.plumbline.proto.trainer.v1.DrawRunsRequest;
import dev.plumbline.proto.trainer.v1.DrawRunsResponse;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.ListSamplesRequest;
import dev.plumbline.proto.trainer.v1.ListSamplesResponse;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.SpecField;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people see of runs of a trainer on another host: everything comes over the wire. */
class RunsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Terminal terminal = new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            false);

    @TempDir
    private Path directory = Path.of("");

    private Server server = NettyServerBuilder.forPort(0).build();

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Trainer())
                .build()
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow().awaitTermination();
    }

    @Test
    void aRunIsShownWithItsSpecItsDataItsCurvesAndItsSamples() {
        assertThat(run("show", "slow")).isEqualTo(ExitCode.OK);
        assertThat(lines())
                .contains(
                        "slow: running, step 3 of 9",
                        "checkpoints: step 2 (the best by lowest eval/loss), step 3",
                        "directory: /runs/slow",
                        "samples after step 2")
                .anySatisfy(line -> assertThat(line).matches("sft.batch_size +8 +32"))
                .noneSatisfy(line -> assertThat(line).contains("sft.epochs"))
                .anySatisfy(line -> assertThat(line)
                        .isEqualTo("made by: plumbline 0.1.0 (0123456789ab with changes), Java 17, libtorch 2.7.1,"
                                + " Linux amd64, 2 threads"))
                .anySatisfy(line -> assertThat(line).contains("sft.data.path /data/a.jsonl, sha256:abcd"))
                .anySatisfy(line -> assertThat(line).matches("loss +1 +█▆▁"))
                .anySatisfy(line -> assertThat(line).matches("what is up\\? +not much +0\\.50000 +short 0\\.50000"));
    }

    @Test
    void samplesHaveTheColumnsThatTheyFill() {
        ByteArrayOutputStream ranked = new ByteArrayOutputStream();
        SampleTable.of(List.of(
                        EvaluationSample.newBuilder()
                                .setPrompt("q")
                                .setAnswer("yes")
                                .setRank(1)
                                .setReward(0.5f)
                                .setMargin(-0.25)
                                .setPairs(1)
                                .build(),
                        EvaluationSample.newBuilder()
                                .setPrompt("q")
                                .setAnswer("no")
                                .setRank(2)
                                .setReward(0.75f)
                                .setMargin(-0.25)
                                .setPairs(1)
                                .build()))
                .print(new PrintStream(ranked, true, StandardCharsets.UTF_8));
        assertThat(ranked.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "PROMPT  ANSWER  RANK  REWARD   MARGIN    PAIRS IN ORDER",
                        "q       yes     1     0.50000  -0.25000  0 of 1",
                        "q       no      2     0.75000  -0.25000  0 of 1");

        ByteArrayOutputStream given = new ByteArrayOutputStream();
        SampleTable.of(List.of(EvaluationSample.newBuilder()
                        .setPrompt("q")
                        .setAnswer("yes")
                        .setLoss(1.5)
                        .build()))
                .print(new PrintStream(given, true, StandardCharsets.UTF_8));
        assertThat(given.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("PROMPT  ANSWER  LOSS", "q       yes     1.5000");
    }

    @Test
    void runsAreComparedBySpecAndByLastAndBestFigures() {
        assertThat(run("compare", "slow", "fast")).isEqualTo(ExitCode.OK);
        assertThat(lines())
                .anySatisfy(line -> assertThat(line).matches("A +slow +running +3/9"))
                .anySatisfy(line -> assertThat(line).matches("SPEC +A +B"))
                .anySatisfy(line -> assertThat(line).matches("sft.optimizer.learning_rate +0.001 +0.1"))
                .noneSatisfy(line -> assertThat(line).contains("sft.batch_size"))
                .anySatisfy(line -> assertThat(line).matches("METRIC +A LAST +A BEST +B LAST +B BEST"))
                .anySatisfy(line -> assertThat(line).matches("loss +1 +1 +4 +2"))
                .anySatisfy(line -> assertThat(line).matches("lr +1 +4"));
    }

    @Test
    void theCurvesAreWrittenWhereTheyAreAskedFor() {
        Path page = directory.resolve("page.html");
        assertThat(run("compare", "slow", "fast", "--page", page.toString())).isEqualTo(ExitCode.OK);
        assertThat(page).hasContent("<html>slow, fast</html>");
        assertThat(run("show", "slow", "--page", page.toString())).isEqualTo(ExitCode.OK);
        assertThat(page).hasContent("<html>slow</html>");
    }

    @Test
    void oneRunCannotBeCompared() {
        assertThat(run("compare", "slow")).isEqualTo(ExitCode.USAGE);
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("runs"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--dir", directory.toString(), "--trainer", "127.0.0.1:" + server.getPort()));
        return Plumbline.run(terminal, all.toArray(String[]::new));
    }

    private List<String> lines() {
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    /** Two runs: one gets better, the other worse. */
    private static final class Trainer extends TrainerServiceGrpc.TrainerServiceImplBase {
        @Override
        public void describeRun(DescribeRunRequest request, StreamObserver<DescribeRunResponse> caller) {
            boolean slow = request.getRunId().equals("slow");
            caller.onNext(DescribeRunResponse.newBuilder()
                    .setRun(state(request.getRunId()))
                    .addFields(field("sft.batch_size", "8", "32", true))
                    .addFields(field("sft.epochs", "1.0", "1.0", false))
                    .addFields(field("sft.course.best_by", "lowest eval/loss", "lowest eval/loss", false))
                    .addFields(field("sft.optimizer.learning_rate", slow ? "0.001" : "0.1", "1.0E-5", true))
                    .setProvenance(Provenance.newBuilder()
                            .addData(DataFile.newBuilder()
                                    .setField("sft.data.path")
                                    .setPath("/data/a.jsonl")
                                    .setDigest("sha256:abcd"))
                            .addSessions(RunSession.newBuilder()
                                    .setVersion("0.1.0")
                                    .setCommit("0123456789abcdef")
                                    .setModified(true)
                                    .setJavaVersion("17")
                                    .setLibtorchVersion("2.7.1")
                                    .setPlatform("Linux amd64")
                                    .setComputeThreads(2)))
                    .setDirectory("/runs/" + request.getRunId())
                    .addSampledSteps(2)
                    .addCheckpointSteps(2)
                    .addCheckpointSteps(3)
                    .setBestStep(2)
                    .build());
            caller.onCompleted();
        }

        /** As of a run that goes on, it does not end. */
        @Override
        public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> caller) {
            double[] losses = request.getRunId().equals("slow") ? new double[] {4, 3, 1} : new double[] {2, 3, 4};
            for (int i = 0; i < losses.length; i++) {
                caller.onNext(WatchRunResponse.newBuilder()
                        .setMetrics(MetricsPoint.newBuilder()
                                .setSequence(i + 1)
                                .setStep(i + 1)
                                .putValues("loss", losses[i])
                                .putValues("lr", losses[i]))
                        .build());
            }
            caller.onNext(WatchRunResponse.newBuilder()
                    .setRun(state(request.getRunId()))
                    .build());
        }

        @Override
        public void listSamples(ListSamplesRequest request, StreamObserver<ListSamplesResponse> caller) {
            caller.onNext(ListSamplesResponse.newBuilder()
                    .addSamples(EvaluationSample.newBuilder()
                            .setStep(2)
                            .setPrompt("what\nis up?")
                            .setAnswer("not much")
                            .setReward(0.5f)
                            .addComponents(RewardComponent.newBuilder()
                                    .setName("short")
                                    .setValue(0.5f)))
                    .build());
            caller.onCompleted();
        }

        @Override
        public void drawRuns(DrawRunsRequest request, StreamObserver<DrawRunsResponse> caller) {
            caller.onNext(DrawRunsResponse.newBuilder()
                    .setHtml("<html>" + String.join(", ", request.getRunIdsList()) + "</html>")
                    .build());
            caller.onCompleted();
        }

        private static Run state(String id) {
            return Run.newBuilder()
                    .setRunId(id)
                    .setState(RunState.RUN_STATE_RUNNING)
                    .setStep(3)
                    .setTotalSteps(9)
                    .build();
        }

        private static SpecField field(String path, String value, String usual, boolean given) {
            return SpecField.newBuilder()
                    .setPath(path)
                    .setValue(value)
                    .setDefaultValue(usual)
                    .setGiven(given)
                    .build();
        }
    }
}
