package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.plumbline.exchange.store.Manifest;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.DescribeRunRequest;
import dev.plumbline.proto.trainer.v1.DescribeRunResponse;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.proto.trainer.v1.DrawRunsRequest;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ListModelsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsResponse;
import dev.plumbline.proto.trainer.v1.ListSamplesRequest;
import dev.plumbline.proto.trainer.v1.ListSamplesResponse;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@QuarkusTest
@QuarkusTestResource(TestHouse.class)
class TrainerServiceTest extends CalledTrainer {
    @TempDir
    Path directory;

    @Test
    void aRunIsWatchedFromAnyPointToItsEndAndItsModelDownloaded() throws IOException {
        String id = create("", 4).getRunId();
        List<WatchRunResponse> all = watch(id, 0);
        List<MetricsPoint> metrics = metrics(all);
        Run last = all.get(all.size() - 1).getRun();

        assertThat(last.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        assertThat(last.getStep()).isEqualTo(4);
        assertThat(metrics).extracting(MetricsPoint::getSequence).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(metrics(watch(id, 4))).isEqualTo(metrics.subList(4, 6));
        assertThat(client.getRun(GetRunRequest.newBuilder().setRunId(id).build())
                        .getRun())
                .isEqualTo(last);

        DescribeRunResponse described =
                client.describeRun(DescribeRunRequest.newBuilder().setRunId(id).build());
        assertThat(described.getRun()).isEqualTo(last);
        assertThat(described.getGiven()).isEqualTo(spec(4).build());
        assertThat(described.getProvenance().getDataList())
                .extracting(DataFile::getField, DataFile::getPath)
                .containsExactly(tuple("sft.data.path", data().toString()));
        assertThat(Path.of(described.getDirectory())).isDirectory();
        assertThat(described.getSampledStepsList()).containsExactly(0L, 4L);
        assertThat(described.getCheckpointStepsList()).contains(4L);
        assertThat(described.getBestStep()).isEqualTo(4);
        ListSamplesRequest.Builder samples =
                ListSamplesRequest.newBuilder().setRunId(id).setPageSize(1);
        ListSamplesResponse first = client.listSamples(samples.build());
        ListSamplesResponse second = client.listSamples(
                samples.setPageToken(first.getNextPageToken()).build());
        assertThat(first.getSamplesCount() + second.getSamplesCount()).isEqualTo(2);
        assertThat(first.getSamples(0).getPromptId())
                .isNotEqualTo(second.getSamples(0).getPromptId());
        assertThat(second.getSamples(0).getStep()).isEqualTo(4);
        assertThat(second.getNextPageToken()).isEmpty();
        assertThat(client.drawRuns(DrawRunsRequest.newBuilder()
                                .addRunIds(id)
                                .addRunIds(id)
                                .build())
                        .getHtml())
                .contains("<title>2 runs</title>", "\"metric\":\"loss\"");

        String model = last.getModels(0);
        ModelPublished published = client.listModels(
                        ListModelsRequest.newBuilder().setName("watched").build())
                .getModels(0);
        assertThat(published.getName() + "@" + published.getVersion()).isEqualTo(model);
        Path copy = download(model);
        Manifest.read(copy).verify(copy);
        assertThat(copy.resolve("model.safetensors")).exists();
    }

    @Test
    void aWatcherThatDoesNotReadHoldsNothingUpAndMissesNothing() throws Exception {
        String id = create("", 3).getRunId();
        Patient patient = new Patient();
        TrainerServiceGrpc.newStub(channel)
                .watchRun(WatchRunRequest.newBuilder().setRunId(id).build(), patient);
        watch(id, 0);

        patient.read();
        List<WatchRunResponse> seen = patient.all.get();
        assertThat(metrics(seen)).hasSize(5);
        assertThat(seen.get(seen.size() - 1).getRun().getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnceAndNothingIsCreated() {
        int before = runs();
        CreateRunRequest request = CreateRunRequest.newBuilder()
                .setSpec(RunSpec.newBuilder()
                        .setSft(SftSpec.newBuilder().setModel("nowhere@1").setBatchSize(0)))
                .build();
        StatusRuntimeException refused =
                catchThrowableOfType(StatusRuntimeException.class, () -> client.createRun(request));

        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(detail(refused, ErrorInfo.class).getReason()).isEqualTo("INVALID_SPEC");
        assertThat(detail(refused, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .contains("spec.sft.model", "spec.sft.batch_size", "spec.sft.data.path");
        assertThat(runs()).isEqualTo(before);
    }

    @Test
    void validationAloneFillsInTheSpecAndCreatesNothing() {
        int before = runs();
        Run run = client.createRun(CreateRunRequest.newBuilder()
                        .setSpec(spec(2))
                        .setValidateOnly(true)
                        .build())
                .getRun();

        assertThat(run.getRunId()).isEmpty();
        assertThat(run.getSpec().getSft().getOptimizer().getBeta1()).isEqualTo(0.9);
        assertThat(runs()).isEqualTo(before);
    }

    @Test
    void noRunsCannotBeDrawn() {
        StatusRuntimeException refused = catchThrowableOfType(
                StatusRuntimeException.class, () -> client.drawRuns(DrawRunsRequest.getDefaultInstance()));
        assertThat(detail(refused, BadRequest.class).getFieldViolations(0).getDescription())
                .contains("run_ids must name 1 to 16 runs, got 0");
    }

    @Test
    void theSameRequestIdReturnsTheSameRunAndForAnotherSpecAnError() {
        Run first = create("once", 2);
        assertThat(create("once", 2).getRunId()).isEqualTo(first.getRunId());
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> create("once", 3));
        assertThat(detail(refused, ErrorInfo.class).getReason()).isEqualTo("REQUEST_ID_TAKEN");
        watch(first.getRunId(), 0);
    }

    @Test
    void runsAreListedInPagesAndTheWaitingOnesCanBeCancelled() {
        String active = create("", 100_000).getRunId();
        String waiting = create("", 2).getRunId();
        assertThat(client.cancelRun(
                                CancelRunRequest.newBuilder().setRunId(waiting).build())
                        .getRun()
                        .getState())
                .isEqualTo(RunState.RUN_STATE_CANCELLED);
        client.cancelRun(CancelRunRequest.newBuilder().setRunId(active).build());
        List<WatchRunResponse> events = watch(active, 0);
        assertThat(events.get(events.size() - 1).getRun().getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);

        List<String> listed = new ArrayList<>();
        String token = "";
        do {
            ListRunsResponse page = client.listRuns(ListRunsRequest.newBuilder()
                    .setPageSize(1)
                    .setPageToken(token)
                    .build());
            page.getRunsList().forEach(run -> listed.add(run.getRunId()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        assertThat(listed).doesNotHaveDuplicates().contains(active, waiting);
        assertThat(listed.indexOf(waiting)).isLessThan(listed.indexOf(active));
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> watch("nobody", 0))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        StatusRuntimeException model = catchThrowableOfType(StatusRuntimeException.class, () -> download("nothing@7"));
        assertThat(model.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(detail(model, ErrorInfo.class).getReason()).isEqualTo("NO_SUCH_MODEL");
    }

    /** Reads nothing until it is told to. */
    private static final class Patient implements ClientResponseObserver<WatchRunRequest, WatchRunResponse> {
        private final List<WatchRunResponse> seen = new ArrayList<>();
        private final CompletableFuture<List<WatchRunResponse>> all = new CompletableFuture<>();
        private final CompletableFuture<ClientCallStreamObserver<WatchRunRequest>> call = new CompletableFuture<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchRunRequest> started) {
            started.disableAutoRequestWithInitial(0);
            call.complete(started);
        }

        private void read() {
            call.join().request(Integer.MAX_VALUE);
        }

        @Override
        public void onNext(WatchRunResponse response) {
            seen.add(response);
        }

        @Override
        public void onError(Throwable cause) {
            all.completeExceptionally(cause);
        }

        @Override
        public void onCompleted() {
            all.complete(seen);
        }
    }

    private Run create(String requestId, long steps) {
        return client.createRun(CreateRunRequest.newBuilder()
                        .setRequestId(requestId)
                        .setSpec(spec(steps))
                        .build())
                .getRun();
    }

    private RunSpec.Builder spec(long steps) {
        return RunSpec.newBuilder()
                .setName("watched")
                .setSft(SftSpec.newBuilder()
                        .setModel(TestModels.checkpoint("llama")
                                .toAbsolutePath()
                                .normalize()
                                .toString())
                        .setOutput("watched")
                        .setData(TestData.data(data(), 10, TestData::demonstration)
                                .setEvalFraction(0.2))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-3))
                        .setBatchSize(4)
                        .setSteps(steps));
    }

    /** The same for equal specs. */
    private static Path data() {
        return Path.of(System.getProperty("java.io.tmpdir"), "trainer-service-test.jsonl");
    }

    private List<WatchRunResponse> watch(String id, long after) {
        Iterator<WatchRunResponse> events = client.watchRun(WatchRunRequest.newBuilder()
                .setRunId(id)
                .setAfterSequence(after)
                .build());
        List<WatchRunResponse> seen = new ArrayList<>();
        events.forEachRemaining(seen::add);
        return seen;
    }

    private static List<MetricsPoint> metrics(List<WatchRunResponse> events) {
        return events.stream()
                .filter(WatchRunResponse::hasMetrics)
                .map(WatchRunResponse::getMetrics)
                .toList();
    }

    private Path download(String model) throws IOException {
        Map<String, ByteArrayOutputStream> files = new LinkedHashMap<>();
        String current = "";
        Iterator<DownloadModelResponse> pieces = client.downloadModel(
                DownloadModelRequest.newBuilder().setModel(model).build());
        while (pieces.hasNext()) {
            DownloadModelResponse piece = pieces.next();
            current = piece.getFile().isEmpty() ? current : piece.getFile();
            piece.getData().writeTo(files.computeIfAbsent(current, name -> new ByteArrayOutputStream()));
        }
        assertThat(files.keySet()).first().isEqualTo("manifest.json");
        Path copy = Files.createDirectories(directory.resolve("copy"));
        for (Map.Entry<String, ByteArrayOutputStream> file : files.entrySet()) {
            Files.write(copy.resolve(file.getKey()), file.getValue().toByteArray());
        }
        return copy;
    }

    private int runs() {
        return client.listRuns(ListRunsRequest.newBuilder().setPageSize(1000).build())
                .getRunsCount();
    }

    private static <T extends Message> T detail(StatusRuntimeException error, Class<T> type) {
        com.google.rpc.Status status = StatusProto.fromThrowable(error);
        assertThat(status).isNotNull();
        return status.getDetailsList().stream()
                .filter(any -> any.is(type))
                .map(any -> {
                    try {
                        return any.unpack(type);
                    } catch (InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                })
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type + " in "
                        + Arrays.toString(status.getDetailsList().toArray())));
    }
}
