package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamResponse;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.ListModelsResponse;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.LoadModelResponse;
import dev.plumbline.proto.policy.v1.ModelListing;
import dev.plumbline.proto.policy.v1.ModelState;
import dev.plumbline.proto.policy.v1.RollbackModelRequest;
import dev.plumbline.proto.policy.v1.RollbackModelResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is served, by order. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@Timeout(180)
class OrderedModelsTest {
    private static RunningHouse house;
    private static ModelVersion first;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        first = house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @AfterEach
    void followTheNewest() {
        house.control()
                .loadModel(LoadModelRequest.newBuilder().setFollowNewest(true).build());
    }

    @Test
    void aRollbackUnderLoadLosesNoCallAndChangesNoStream() {
        ModelVersion older = house.serve(Checkpoints.qwen2());
        ModelVersion newer = house.serve(Checkpoints.qwen2());
        AtomicBoolean stop = new AtomicBoolean();
        Set<String> versions = new ConcurrentSkipListSet<>();
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int caller = 0; caller < 3; caller++) {
            callers.add(CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    versions.add(answered().getModel());
                }
            }));
        }
        Iterator<GenerateStreamResponse> stream = longStream();

        RollbackModelResponse rolledBack = rollBack("");

        assertThat(rolledBack.getModel()).isEqualTo(older.toString());
        assertThat(rolledBack.getRolledBackModel()).isEqualTo(newer.toString());
        assertThat(answered().getModel()).isEqualTo(older.toString());
        assertThat(summaryModel(stream)).isEqualTo(newer.toString());

        ModelVersion newest = house.publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        RunningHouse.eventually(() -> state(newest) == ModelState.MODEL_STATE_PUBLISHED);
        assertThat(answered().getModel()).isEqualTo(older.toString());
        assertThat(versions).doesNotContain(newest.toString());

        LoadModelResponse followed = followNewest();
        assertThat(followed.getPreviousModel()).isEqualTo(older.toString());
        RunningHouse.eventually(() -> answered().getModel().equals(newest.toString()));
        stop.set(true);
        callers.forEach(CompletableFuture::join);
        assertThat(versions).contains(older.toString(), newer.toString());
    }

    @Test
    void aVersionOfTheStoreIsLoadedServedAndHeld() {
        ModelVersion newest = house.serve(Checkpoints.qwen2());
        RunningHouse.eventually(() -> state(first) == ModelState.MODEL_STATE_PUBLISHED);

        LoadModelResponse loaded = load(first.toString());

        assertThat(loaded.getModel()).isEqualTo(first.toString());
        assertThat(loaded.getPreviousModel()).isEqualTo(newest.toString());
        assertThat(answered().getModel()).isEqualTo(first.toString());
        assertThat(listing(first).getHeld()).isTrue();
        assertThat(house.get("/q/health/ready").body()).contains(first + " is held by order");
        assertThat(house.get("/q/health/ready").statusCode()).isEqualTo(200);
        assertThat(house.metric("plumbline_policy_held")).isOne();
        assertThat(house.metric("plumbline_policy_orders_total{order=\"load\"}"))
                .isPositive();
    }

    @Test
    void rollbacksGoBackStepByStepToTheOldest() {
        house.serve(Checkpoints.qwen2());
        load("policy@2");

        assertThat(rollBack("").getModel()).isEqualTo(first.toString());
        assertThat(first.version()).isOne();

        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, () -> rollBack(""));
        assertThat(Errors.reason(error)).isEqualTo("NO_OLDER_MODEL");
        assertThat(answered().getModel()).isEqualTo(first.toString());
    }

    @Test
    void trainingPromptsAreAnsweredByTheNewestOfTheirRunWhateverIsServed() {
        house.serve(Checkpoints.qwen2());
        house.feeds().publish(run(RunState.RUN_STATE_RUNNING));
        ModelVersion ofRun = house.publish(Checkpoints.qwen2(), "policy", new ModelOrigin("policy@1", "run-r", 0));
        RunningHouse.eventually(
                () -> house.served().filter(ofRun.toString()::equals).isPresent());
        rollBack(first.toString());

        RecordIdentity prompt = house.submitForTraining(Prompt.newBuilder()
                .setId("rolled-back")
                .setRunId("run-r")
                .setText("hello")
                .build());
        house.feeds().publish(admission(prompt, ofRun));

        Rollout rollout = house.rollout(each -> each.getPrompt().getId().equals("rolled-back"));
        assertThat(rollout.getSamples(0).getModelVersions(0).getModel()).isEqualTo(ofRun.toString());
        assertThat(answered().getModel()).isEqualTo(first.toString());
        house.feeds().publish(run(RunState.RUN_STATE_SUCCEEDED));
    }

    @Test
    void anOrderThatCannotBeCarriedOutChangesNothing() throws Exception {
        house.serve(Checkpoints.qwen2());
        ModelVersion bad = house.publishCorrupted(Checkpoints.qwen2());
        ModelVersion served = house.serve(Checkpoints.qwen2());

        assertThat(refusal(bad.toString())).isEqualTo("MODEL_INVALID");
        assertThat(refusal("policy@4711")).isEqualTo("UNKNOWN_MODEL");
        assertThat(refusal("reward@1")).isEqualTo("INVALID_MODEL");
        assertThat(refusal("policy")).isEqualTo("INVALID_MODEL");
        StatusRuntimeException newer =
                catchThrowableOfType(StatusRuntimeException.class, () -> rollBack(served.toString()));
        assertThat(newer.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(newer.getStatus().getDescription()).contains("older than " + served);
        StatusRuntimeException nothing = catchThrowableOfType(
                StatusRuntimeException.class, () -> house.control().loadModel(LoadModelRequest.getDefaultInstance()));
        assertThat(Errors.fields(nothing)).containsExactly("target");

        assertThat(answered().getModel()).isEqualTo(served.toString());
        assertThat(listing(served).getHeld()).isFalse();
        assertThat(listing(bad).getState()).isEqualTo(ModelState.MODEL_STATE_REFUSED);
        assertThat(listing(bad).getRefusal()).contains("model.safetensors");
    }

    @Test
    void versionsAreListedByPagesTheNewestFirst() {
        house.serve(Checkpoints.qwen2());
        house.serve(Checkpoints.qwen2());
        List<String> all = list("", 1000).getModelsList().stream()
                .map(ModelListing::getModel)
                .toList();

        List<String> paged = new ArrayList<>();
        String token = "";
        do {
            ListModelsResponse page = list(token, 2);
            assertThat(page.getModelsCount()).isBetween(1, 2);
            page.getModelsList().forEach(listing -> paged.add(listing.getModel()));
            token = page.getNextPageToken();
        } while (!token.isEmpty());

        assertThat(paged).isEqualTo(all).endsWith(first.toString());
        StatusRuntimeException error = catchThrowableOfType(StatusRuntimeException.class, () -> list("", -1));
        assertThat(Errors.fields(error)).containsExactly("page_size");
    }

    private static String refusal(String model) {
        return Errors.reason(catchThrowableOfType(StatusRuntimeException.class, () -> load(model)));
    }

    private static LoadModelResponse load(String model) {
        return house.control()
                .loadModel(LoadModelRequest.newBuilder().setModel(model).build());
    }

    private static LoadModelResponse followNewest() {
        return house.control()
                .loadModel(LoadModelRequest.newBuilder().setFollowNewest(true).build());
    }

    private static RollbackModelResponse rollBack(String model) {
        return house.control()
                .rollbackModel(RollbackModelRequest.newBuilder().setModel(model).build());
    }

    private static ListModelsResponse list(String token, int size) {
        return house.control()
                .listModels(ListModelsRequest.newBuilder()
                        .setName("policy")
                        .setPageToken(token)
                        .setPageSize(size)
                        .build());
    }

    private static ModelListing listing(ModelVersion version) {
        return list("", 1000).getModelsList().stream()
                .filter(listing -> listing.getModel().equals(version.toString()))
                .findFirst()
                .orElse(ModelListing.getDefaultInstance());
    }

    private static ModelState state(ModelVersion version) {
        return listing(version).getState();
    }

    private static GenerateResponse answered() {
        return house.blocking().generate(request(1, 10));
    }

    private static Iterator<GenerateStreamResponse> longStream() {
        Iterator<GenerateStreamResponse> stream = house.blocking()
                .generateStream(GenerateStreamRequest.newBuilder()
                        .setRequest(request(12, 100))
                        .build());
        assertThat(stream.next().hasDelta()).isTrue();
        return stream;
    }

    private static String summaryModel(Iterator<GenerateStreamResponse> stream) {
        GenerateStreamResponse last = stream.next();
        while (stream.hasNext()) {
            last = stream.next();
        }
        return last.getSummary().getModel();
    }

    private static GenerateRequest request(int samples, int tokens) {
        return GenerateRequest.newBuilder()
                .setText("hello")
                .setSampling(Sampling.newBuilder().setNumSamples(samples))
                .setStopping(Stopping.newBuilder().setMaxTokens(tokens).setIgnoreEos(true))
                .build();
    }

    private static RunContract run(RunState state) {
        return RunContract.newBuilder()
                .setRunId("run-r")
                .setState(state)
                .setPolicy("policy")
                .setSampling(
                        Sampling.newBuilder().setTemperature(1).setNumSamples(1).setSeed(3))
                .setStopping(Stopping.newBuilder().setMaxTokens(4))
                .build();
    }

    private static StepAdmitted admission(RecordIdentity record, ModelVersion minimum) {
        return StepAdmitted.newBuilder()
                .setRunId("run-r")
                .setStep(1)
                .setTopicId(record.topicId())
                .addWindows(Window.newBuilder()
                        .setPartition(record.partition())
                        .setFromOffset(record.offset())
                        .setToOffset(record.offset() + 1))
                .setMinPolicy(minimum.toString())
                .build();
    }
}
