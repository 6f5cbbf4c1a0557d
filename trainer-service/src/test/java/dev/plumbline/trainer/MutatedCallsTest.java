package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;
import dev.plumbline.fuzz.HouseThreads;
import dev.plumbline.fuzz.MutatedCalls;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.DescribeRunRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DrawRunsRequest;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ListModelsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ListSamplesRequest;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that no client would make make no defect, no hang and no leak. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@Timeout(600)
class MutatedCallsTest extends CalledTrainer {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Set<RunState> OVER =
            EnumSet.of(RunState.RUN_STATE_SUCCEEDED, RunState.RUN_STATE_FAILED, RunState.RUN_STATE_CANCELLED);

    @TempDir
    Path directory;

    @Test
    void noCallMakesADefectAHangOrALeak() throws Exception {
        RunSpec spec = TestSpecs.sft(directory).build();
        Run run = finished(spec);
        HouseThreads threads = new HouseThreads();

        new MutatedCalls(channel, TrainerServiceGrpc.getServiceDescriptor(), right(run))
                .make(40, new Random().nextLong(), reply -> {});

        // Some of what was asked for may be runs that can be run.
        await().atMost(PATIENCE).until(() -> unfinished().isEmpty());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(threads.others()).isEmpty());
        assertThat(client.getRun(GetRunRequest.newBuilder()
                                .setRunId(run.getRunId())
                                .build())
                        .getRun())
                .isEqualTo(run);
        assertThat(finished(spec).getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    }

    /** Such calls as are answered. */
    private Map<String, List<Message>> right(Run run) throws IOException {
        String id = run.getRunId();
        return Map.ofEntries(
                Map.entry(
                        "CreateRun",
                        Stream.of(
                                        TestSpecs.sft(directory),
                                        TestSpecs.rewardModel(directory),
                                        TestSpecs.dpo(directory),
                                        TestSpecs.ppo(Files.createDirectory(directory.resolve("ppo")), 3))
                                .<Message>map(spec -> CreateRunRequest.newBuilder()
                                        .setSpec(spec)
                                        .setValidateOnly(true)
                                        .build())
                                .toList()),
                one("GetRun", GetRunRequest.newBuilder().setRunId(id)),
                one("ListRuns", ListRunsRequest.newBuilder().setPageSize(1).setPageToken(id)),
                one("WatchRun", WatchRunRequest.newBuilder().setRunId(id).setAfterSequence(1)),
                one("CancelRun", CancelRunRequest.newBuilder().setRunId(id)),
                one(
                        "ReplayRun",
                        ReplayRunRequest.newBuilder()
                                .setRunId(id)
                                .setFromStep(1)
                                .setToStep(2)),
                one("DescribeRun", DescribeRunRequest.newBuilder().setRunId(id)),
                one(
                        "ListSamples",
                        ListSamplesRequest.newBuilder()
                                .setRunId(id)
                                .setStep(0)
                                .setPageSize(1)
                                .setPageToken("0")),
                one("DrawRuns", DrawRunsRequest.newBuilder().addRunIds(id)),
                one(
                        "ListModels",
                        ListModelsRequest.newBuilder()
                                .setName("policy")
                                .setPageSize(1)
                                .setPageToken(run.getModels(0))),
                one(
                        "DownloadModel",
                        DownloadModelRequest.newBuilder()
                                .setModel(run.getModels(0))
                                .putHave("model.safetensors", 100)));
    }

    private static Map.Entry<String, List<Message>> one(String method, Message.Builder request) {
        return Map.entry(method, List.of(request.build()));
    }

    private Run finished(RunSpec spec) {
        String id = client.createRun(CreateRunRequest.newBuilder().setSpec(spec).build())
                .getRun()
                .getRunId();
        GetRunRequest request = GetRunRequest.newBuilder().setRunId(id).build();
        await().atMost(PATIENCE)
                .until(() -> OVER.contains(client.getRun(request).getRun().getState()));
        return client.getRun(request).getRun();
    }

    /** Runs that have not ended; they are cancelled. */
    private List<Run> unfinished() {
        List<Run> runs = client
                .listRuns(ListRunsRequest.newBuilder().setPageSize(1000).build())
                .getRunsList()
                .stream()
                .filter(run -> !OVER.contains(run.getState()))
                .toList();
        for (Run run : runs) {
            client.cancelRun(
                    CancelRunRequest.newBuilder().setRunId(run.getRunId()).build());
        }
        return runs;
    }
}
