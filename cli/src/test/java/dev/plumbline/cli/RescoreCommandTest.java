package dev.plumbline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.Topics;
import dev.plumbline.exchange.broker.EmbeddedBroker;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.LogPosition;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc;
import dev.plumbline.proto.reward.v1.Score;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RescoreCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path directory = Path.of("");

    /** Says the length of an answer, and refuses the empty one. */
    private static final class LengthJudge extends RewardServiceGrpc.RewardServiceImplBase {
        @Override
        public void score(ScoreRequest request, StreamObserver<ScoreResponse> caller) {
            ScoreResponse.Builder response = ScoreResponse.newBuilder();
            for (Answer answer : request.getItemsList()) {
                Score.Builder score = response.addScoresBuilder();
                if (answer.getAnswer().isEmpty()) {
                    score.getStatusBuilder().setCode(3).setMessage("there is no answer");
                    continue;
                }
                float length = answer.getAnswer().length() + (answer.getTruncated() ? 100 : 0);
                score.setReward(length)
                        .addComponents(RewardComponent.newBuilder()
                                .setName(request.getReward().getComponents(0).getName())
                                .setValue(length)
                                .setWeight(1));
            }
            caller.onNext(response.build());
            caller.onCompleted();
        }
    }

    @Test
    void theAnswersThatARunLearntFromAreJudgedAnewOnce() throws Exception {
        Path reward = Files.writeString(directory.resolve("reward.yaml"), "components: [{name: long, length: {}}]\n");
        Path lines = directory.resolve("lines.jsonl");
        Server judge = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new LengthJudge())
                .build()
                .start();
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            Topics topics = new Topics(KafkaSettings.defaults(broker.bootstrapServers()));
            topics.ensure();
            try (LogWriter writer = new LogWriter(topics)) {
                for (Trajectory trajectory : new Trajectory[] {
                    trajectory("ppo-1", 1, 0, "ab", "abcd"),
                    trajectory("ppo-1", 1, 0, "a repeat of the first"),
                    trajectory("ppo-1", 2, 1, "abcdef"),
                    trajectory("ppo-2", 1, 2, "another run's"),
                    trajectory("ppo-1", 2, 3, "not answered").toBuilder()
                            .setError(RecordError.newBuilder().setReason("CONTEXT_TOO_LONG"))
                            .build()
                }) {
                    writer.send(topics.trajectories(), trajectory).join();
                }
            }
            String[] rescore = {
                "rescore",
                "ppo-1",
                reward.toString(),
                "--output",
                lines.toString(),
                "--dir",
                directory.toString(),
                "--kafka",
                broker.bootstrapServers(),
                "--reward",
                "127.0.0.1:" + judge.getPort()
            };
            assertThat(run(rescore)).isEqualTo(ExitCode.OK);
            assertThat(text(out)).isEqualTo("""
                            STEP  ANSWERS  THEN     NOW  NOT JUDGED
                            1     2        0.50000  3    0
                            2     1        0.50000  6    0
                            """);
            assertThat(lines).content().hasLineCount(3).contains("""
                            {"prompt_id":"p0","step":1,"sample":0,"answer":"ab",\
                            "then":{"reward":0.5,"components":{}},"now":{"reward":2.0,"components":{"long":2.0}}}
                            """);

            rescore[1] = "ppo-3";
            assertThat(run(rescore)).isEqualTo(ExitCode.FAILED);
            assertThat(text(err)).contains("the log has no judged answers of a run \"ppo-3\"");
        } finally {
            judge.shutdownNow().awaitTermination();
        }
    }

    private static Trajectory trajectory(String run, long step, int offset, String... answers) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setPrompt(Prompt.newBuilder().setId("p" + offset).setText("question"))
                .setPosition(LogPosition.newBuilder().setTopicId("prompts").setOffset(offset))
                .setRunId(run)
                .setStep(step);
        Trajectory.Builder trajectory = Trajectory.newBuilder();
        for (String answer : answers) {
            rollout.addSamples(Sample.newBuilder().setText(answer).setFinishReason(FinishReason.FINISH_REASON_EOS));
            trajectory.addJudgements(Judgement.newBuilder().setReward(0.5f));
        }
        return trajectory.setRollout(rollout).build();
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private int run(String... arguments) {
        Terminal terminal = new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        return Plumbline.run(terminal, arguments);
    }
}
