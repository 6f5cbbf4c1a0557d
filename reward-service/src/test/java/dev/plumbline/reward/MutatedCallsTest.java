package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.fuzz.HouseThreads;
import dev.plumbline.fuzz.MutatedCalls;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.ExactMatchReward;
import dev.plumbline.proto.exchange.v1.FormatReward;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.ModelReward;
import dev.plumbline.proto.exchange.v1.NumericAnswerReward;
import dev.plumbline.proto.exchange.v1.RegularExpressionReward;
import dev.plumbline.proto.exchange.v1.RepetitionReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.reward.v1.Answer;
import dev.plumbline.proto.reward.v1.CompareRequest;
import dev.plumbline.proto.reward.v1.RewardServiceGrpc;
import dev.plumbline.proto.reward.v1.ScoreRequest;
import dev.plumbline.proto.reward.v1.ScoreResponse;
import dev.plumbline.serving.client.Channels;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that no client would make make no defect, no hang and no leak. */
@QuarkusTest
@QuarkusTestResource(TestHouse.class)
@Timeout(600)
class MutatedCallsTest {
    private static final int CALLS = 500;
    private static final String JUDGE = "llama-reward";
    private static final Set<Code> DEFECTS = Set.of(Code.INTERNAL, Code.UNKNOWN);
    private static final Answer TEXT = Answer.newBuilder()
            .setText("2+2?")
            .setAnswer("#### 4")
            .setGroundTruth("4")
            .build();
    private static final Answer TURNS = TEXT.toBuilder()
            .setConversation(Conversation.newBuilder()
                    .addMessages(ChatMessage.newBuilder().setRole("system").setContent("Count."))
                    .addMessages(ChatMessage.newBuilder()
                            .setRole("user")
                            .addParts(ContentPart.newBuilder().setText("2+2?")))
                    .addToolsJson("{\"type\": \"function\"}")
                    .setChatTemplateKwargsJson("{\"a\": 1}"))
            .build();
    private static final Answer IDS = TEXT.toBuilder()
            .setTokenIds(TokenIds.newBuilder().addAllIds(List.of(5, 6, 7)))
            .addAllAnswerTokenIds(List.of(8, 9))
            .build();

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private RewardServiceGrpc.RewardServiceBlockingStub client;

    @BeforeEach
    void connect() {
        channel = Channels.open("localhost:" + port, false);
        client = RewardServiceGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void no_call_makes_a_defect_or_a_hang_or_changes_what_is_answered_after_it() throws Exception {
        RewardSpec reward = reward(TestHouse.current().publish("mutated", JUDGE));
        ScoreRequest score = ScoreRequest.newBuilder()
                .setReward(reward)
                .addItems(TEXT)
                .addItems(TURNS)
                .addItems(IDS)
                .build();
        CompareRequest compare = CompareRequest.newBuilder()
                .setReward(reward)
                .setA(IDS)
                .setB(IDS.toBuilder().addAnswerTokenIds(7))
                .build();
        awaitServed(score);
        ScoreResponse before = client.score(score);
        HouseThreads threads = new HouseThreads();

        new MutatedCalls(
                        channel,
                        RewardServiceGrpc.getServiceDescriptor(),
                        Map.of("Score", List.of(score), "Compare", List.of(compare)))
                .make(CALLS, new Random().nextLong(), MutatedCallsTest::requireNoDefectInside);

        await().atMost(Duration.ofMinutes(2))
                .untilAsserted(() -> assertThat(threads.others()).isEmpty());
        assertThat(client.score(score)).isEqualTo(before);
    }

    /** Items have a status each. */
    private static void requireNoDefectInside(MutatedCalls.Reply reply) {
        if (!reply.method().equals("Score")) {
            return;
        }
        for (byte[] answer : reply.answers()) {
            assertThat(scores(answer).getScoresList())
                    .as(reply.which())
                    .allSatisfy(it -> assertThat(DEFECTS)
                            .doesNotContain(Code.forNumber(it.getStatus().getCode())));
        }
    }

    private static ScoreResponse scores(byte[] answer) {
        try {
            return ScoreResponse.parseFrom(answer);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** Every measure that asks nobody else. */
    private static RewardSpec reward(ModelVersion judge) {
        return RewardSpec.newBuilder()
                .addComponents(component("rm").setModel(ModelReward.newBuilder().setModel(judge.toString())))
                .addComponents(component("exact")
                        .setExactMatch(ExactMatchReward.newBuilder().setNormalize(true)))
                .addComponents(component("number")
                        .setNumericAnswer(NumericAnswerReward.newBuilder().setTolerance(0.5)))
                .addComponents(component("pattern")
                        .setRegularExpression(
                                RegularExpressionReward.newBuilder().setPattern("####")))
                .addComponents(component("length")
                        .setLength(LengthReward.newBuilder().setMinTokens(1).setMaxTokens(5)))
                .addComponents(
                        component("format").setFormat(FormatReward.newBuilder().addSections("answer")))
                .addComponents(component("repetition")
                        .setRepetition(RepetitionReward.newBuilder().setWords(2)))
                .build();
    }

    private static RewardComponentSpec.Builder component(String name) {
        return RewardComponentSpec.newBuilder().setName(name).setWeight(0.5f);
    }

    private void awaitServed(ScoreRequest request) {
        while (true) {
            try {
                client.score(request);
                return;
            } catch (StatusRuntimeException e) {
                // The service has not read of the judge yet; the test's timeout ends a wait in vain.
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            }
        }
    }
}
