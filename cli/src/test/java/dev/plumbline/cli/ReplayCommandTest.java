package dev.plumbline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.GetRunRequest;
import dev.plumbline.proto.trainer.v1.GetRunResponse;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.ReplayRunResponse;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReplayCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A replay that has ended as soon as it is asked for. */
    private static final class Replayer extends TrainerServiceGrpc.TrainerServiceImplBase {
        private final Run replay = Run.newBuilder()
                .setRunId("ppo-replay-1")
                .setState(RunState.RUN_STATE_FAILED)
                .setFailure("weights differ")
                .setReplay(Replay.newBuilder()
                        .setRunId("ppo-1")
                        .addVersions(version(3, "policy@4", "a".repeat(64)))
                        .addVersions(version(4, "policy@5", "b".repeat(64))))
                .build();

        @Override
        public void replayRun(ReplayRunRequest request, StreamObserver<ReplayRunResponse> caller) {
            assertThat(request)
                    .isEqualTo(ReplayRunRequest.newBuilder()
                            .setRunId("ppo-1")
                            .setFromStep(2)
                            .build());
            caller.onNext(ReplayRunResponse.newBuilder().setRun(replay).build());
            caller.onCompleted();
        }

        @Override
        public void watchRun(WatchRunRequest request, StreamObserver<WatchRunResponse> caller) {
            caller.onNext(WatchRunResponse.newBuilder().setRun(replay).build());
            caller.onCompleted();
        }

        @Override
        public void getRun(GetRunRequest request, StreamObserver<GetRunResponse> caller) {
            caller.onNext(GetRunResponse.newBuilder().setRun(replay).build());
            caller.onCompleted();
        }

        private static ReplayedVersion.Builder version(long step, String model, String again) {
            return ReplayedVersion.newBuilder()
                    .setStep(step)
                    .setModel(model)
                    .setPublishedSha256("a".repeat(64))
                    .setReplayedSha256(again);
        }
    }

    @Test
    void eachVersionIsShownWithItsDigests() throws Exception {
        Server trainer = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Replayer())
                .build()
                .start();
        try {
            assertThat(run("replay", "ppo-1", "--from", "2", "--trainer", "127.0.0.1:" + trainer.getPort()))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(out.toString(StandardCharsets.UTF_8))
                    .contains("STEP  MODEL     PUBLISHED         AGAIN             EQUAL")
                    .contains("3     policy@4  aaaaaaaaaaaaaaaa  aaaaaaaaaaaaaaaa  yes")
                    .contains("4     policy@5  aaaaaaaaaaaaaaaa  bbbbbbbbbbbbbbbb  NO");
        } finally {
            trainer.shutdownNow().awaitTermination();
        }
    }

    private int run(String... arguments) {
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        return Plumbline.run(new Terminal(stream, stream, false), arguments);
    }
}
