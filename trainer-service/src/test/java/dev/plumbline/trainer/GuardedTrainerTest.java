package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.CancelRunRequest;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.DownloadModelRequest;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.ListModelsRequest;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc.TrainerServiceBlockingStub;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.serving.client.Channels;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call of the trainer with every kind of token; who is let in asks for nothing that there is. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@TestProfile(GuardedTrainerTest.Guarded.class)
class GuardedTrainerTest {
    private static final String DATA = "data-data-data-data";
    private static final String CONTROL = "control-control-control";
    private static final Set<Status.Code> DENIALS = Set.of(Status.Code.UNAUTHENTICATED, Status.Code.PERMISSION_DENIED);

    /** A token for each role. */
    public static final class Guarded implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("plumbline.security.tokens.data", DATA, "plumbline.security.tokens.control", CONTROL);
        }
    }

    /** A call; {@code orders}: what runs is changed by it. */
    record Call(String name, boolean orders, Function<TrainerServiceBlockingStub, Object> make) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Call> calls() {
        return List.of(
                new Call("CreateRun", true, it -> it.createRun(CreateRunRequest.getDefaultInstance())),
                new Call("ReplayRun", true, it -> it.replayRun(ReplayRunRequest.getDefaultInstance())),
                new Call("CancelRun", true, it -> it.cancelRun(CancelRunRequest.getDefaultInstance())),
                new Call("GetRun", false, it -> it.getRun(GetRunRequest.getDefaultInstance())),
                new Call("ListRuns", false, it -> it.listRuns(ListRunsRequest.getDefaultInstance())),
                new Call(
                        "WatchRun",
                        false,
                        it -> it.watchRun(WatchRunRequest.getDefaultInstance()).hasNext()),
                new Call("ListModels", false, it -> it.listModels(ListModelsRequest.getDefaultInstance())),
                new Call(
                        "DownloadModel",
                        false,
                        it -> it.downloadModel(DownloadModelRequest.getDefaultInstance())
                                .hasNext()));
    }

    @Test
    void noCallOfTheTrainerIsForgotten() {
        assertThat(calls())
                .extracting(Call::name)
                .containsExactlyInAnyOrderElementsOf(TrainerServiceGrpc.getServiceDescriptor().getMethods().stream()
                        .map(method -> method.getBareMethodName())
                        .toList());
    }

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @ParameterizedTest
    @MethodSource("calls")
    void callsNeedTheRoleOfWhatTheyDo(Call call) {
        assertThat(outcome(call, Optional.empty())).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(outcome(call, Optional.of("wrong-wrong-wrong"))).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(outcome(call, Optional.of(CONTROL))).isNotIn(DENIALS);
        if (call.orders()) {
            assertThat(outcome(call, Optional.of(DATA))).isEqualTo(Status.Code.PERMISSION_DENIED);
        } else {
            assertThat(outcome(call, Optional.of(DATA))).isNotIn(DENIALS);
        }
    }

    private Status.Code outcome(Call call, Optional<String> token) {
        ManagedChannel channel = Channels.open("localhost:" + port, false, token);
        try {
            Object unused = call.make().apply(TrainerServiceGrpc.newBlockingStub(channel));
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }
}
