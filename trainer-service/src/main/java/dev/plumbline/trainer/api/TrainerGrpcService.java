package dev.plumbline.trainer.api;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.CancelRunResponse;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.CreateRunResponse;
import dev.plumbline.proto.trainer.v1.DescribeRunRequest;
import dev.plumbline.proto.trainer.v1.DescribeRunResponse;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelResponse;
import dev.plumbline.proto.trainer.v1.DrawRunsRequest;
import dev.plumbline.proto.trainer.v1.DrawRunsResponse;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.GetRunResponse;
import dev.plumbline.proto.trainer.v1.ListModelsRequest;
import dev.plumbline.proto.trainer.v1.ListModelsResponse;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsResponse;
import dev.plumbline.proto.trainer.v1.ListSamplesRequest;
import dev.plumbline.proto.trainer.v1.ListSamplesResponse;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.ReplayRunResponse;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.page.Page;
import dev.plumbline.trainer.page.RunPage;
import dev.plumbline.trainer.run.KeptCheckpoints;
import dev.plumbline.trainer.run.RunRecord;
import dev.plumbline.trainer.run.RunWatch;
import dev.plumbline.trainer.spec.SpecFields;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The trainer's calls. */
@GrpcService
@Blocking
final class TrainerGrpcService extends TrainerServiceGrpc.TrainerServiceImplBase {
    private static final Duration BROKER_RETRY = Duration.ofSeconds(2);

    private final TrainerCalls calls;

    @Inject
    TrainerGrpcService(TrainerCalls calls) {
        this.calls = calls;
    }

    @Override
    public void createRun(CreateRunRequest request, StreamObserver<CreateRunResponse> caller) {
        Run run =
                calls.runs().created(request.getRequestId(), request.getSpec()).orElseGet(() -> create(request));
        answer(caller, CreateRunResponse.newBuilder().setRun(run).build());
    }

    private Run create(CreateRunRequest request) {
        RunSpec resolved = calls.specs().resolve(request.getSpec());
        if (request.getValidateOnly()) {
            return Run.newBuilder().setSpec(resolved).build();
        }
        Run run = calls.runs().create(request, resolved);
        calls.wakeWorker().run();
        return run;
    }

    @Override
    public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> caller) {
        answer(
                caller,
                GetRunResponse.newBuilder()
                        .setRun(calls.runs().get(request.getRunId()))
                        .build());
    }

    @Override
    public void listRuns(ListRunsRequest request, StreamObserver<ListRunsResponse> caller) {
        Page<Run> page =
                Page.of(calls.runs().newestFirst(), Run::getRunId, request.getPageSize(), request.getPageToken());
        answer(
                caller,
                ListRunsResponse.newBuilder()
                        .addAllRuns(page.items())
                        .setNextPageToken(page.nextToken())
                        .build());
    }

    @Override
    public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> caller) {
        RunWatch.start(
                calls.runs(),
                request.getRunId(),
                request.getAfterSequence(),
                (ServerCallStreamObserver<WatchRunResponse>) caller,
                calls.watching());
    }

    @Override
    public void describeRun(DescribeRunRequest request, StreamObserver<DescribeRunResponse> caller) {
        RunRecord record = calls.runs().record(request.getRunId());
        KeptCheckpoints checkpoints = calls.runs().keptCheckpoints(request.getRunId());
        DescribeRunResponse.Builder described = DescribeRunResponse.newBuilder();
        checkpoints.best().ifPresent(described::setBestStep);
        answer(
                caller,
                described
                        .setRun(record.run())
                        .setGiven(record.given())
                        .addAllFields(SpecFields.of(record.given(), record.run().getSpec()))
                        .setProvenance(record.provenance())
                        .setDirectory(record.directory().toAbsolutePath().toString())
                        .addAllSampledSteps(record.sampledSteps())
                        .addAllCheckpointSteps(checkpoints.steps())
                        .build());
    }

    @Override
    public void listSamples(ListSamplesRequest request, StreamObserver<ListSamplesResponse> caller) {
        List<Long> steps = calls.runs().record(request.getRunId()).sampledSteps();
        long newest = steps.isEmpty() ? 0 : steps.get(steps.size() - 1);
        List<EvaluationSample> samples =
                calls.runs().samples(request.getRunId(), request.hasStep() ? request.getStep() : newest);
        // By place: a prompt may have several answers.
        Page<Integer> page = Page.of(
                IntStream.range(0, samples.size()).boxed().toList(),
                String::valueOf,
                request.getPageSize(),
                request.getPageToken());
        answer(
                caller,
                ListSamplesResponse.newBuilder()
                        .addAllSamples(page.items().stream().map(samples::get).toList())
                        .setNextPageToken(page.nextToken())
                        .build());
    }

    @Override
    public void drawRuns(DrawRunsRequest request, StreamObserver<DrawRunsResponse> caller) {
        int count = request.getRunIdsCount();
        if (count < 1 || count > RunPage.MOST_RUNS) {
            throw CallerFault.invalid(
                    "RUNS_OUT_OF_RANGE",
                    "run_ids",
                    "run_ids must name 1 to " + RunPage.MOST_RUNS + " runs, got " + count);
        }
        answer(
                caller,
                DrawRunsResponse.newBuilder()
                        .setHtml(RunPage.of(calls.runs(), request.getRunIdsList()))
                        .build());
    }

    @Override
    public void cancelRun(CancelRunRequest request, StreamObserver<CancelRunResponse> caller) {
        Run run = calls.runs().cancel(request.getRunId());
        calls.wakeWorker().run();
        answer(caller, CancelRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void replayRun(ReplayRunRequest request, StreamObserver<ReplayRunResponse> caller) {
        Run run = calls.runs().replay(request);
        calls.wakeWorker().run();
        answer(caller, ReplayRunResponse.newBuilder().setRun(run).build());
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> caller) {
        if (!calls.house().open()) {
            throw NotNow.unavailable(
                    "BROKER_AWAY", "the models' feed has not been read yet: no broker answers", BROKER_RETRY);
        }
        List<ModelPublished> models = calls.house().view().models().stream()
                .filter(model -> request.getName().isEmpty() || model.getName().equals(request.getName()))
                .sorted(Comparator.comparing(ModelPublished::getPublishedAt, Timestamps.comparator())
                        .thenComparing(ModelPublished::getVersion)
                        .thenComparing(ModelPublished::getName)
                        .reversed())
                .toList();
        Page<ModelPublished> page = Page.of(
                models,
                model -> new ModelVersion(model.getName(), model.getVersion()).toString(),
                request.getPageSize(),
                request.getPageToken());
        answer(
                caller,
                ListModelsResponse.newBuilder()
                        .addAllModels(page.items())
                        .setNextPageToken(page.nextToken())
                        .build());
    }

    @Override
    public void downloadModel(DownloadModelRequest request, StreamObserver<DownloadModelResponse> caller) {
        calls.downloads().start(request, (ServerCallStreamObserver<DownloadModelResponse>) caller);
    }

    private static <T> void answer(StreamObserver<T> caller, T response) {
        caller.onNext(response);
        caller.onCompleted();
    }
}
