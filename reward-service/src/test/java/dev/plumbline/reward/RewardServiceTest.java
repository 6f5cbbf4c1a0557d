package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
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
import io.grpc.protobuf.StatusProto;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TestHouse.class)
class RewardServiceTest {

    private static final String JUDGE = "llama-reward";
    private static final ComputeSettings ONE_THREAD = ComputeSettings.cpu(1);

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    @Inject
    MeterRegistry registry;

    private final TestHouse house = TestHouse.current();
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
    void a_score_is_the_models_and_the_same_alone_or_among_others() throws IOException {
        ModelVersion judge = awaitServed(house.publish("scorer", JUDGE), JUDGE);
        // Knows nothing of what the other one has judged.
        ModelVersion same = awaitServed(house.publish("scorer-again", JUDGE), JUDGE);
        List<Answer> items = List.of(
                text("the cat", " sees the dog"), text("a", " b"), text("where is the long road that", " goes home?"));

        double before = computedSequences();
        ScoreResponse together = client.score(byModel(judge).addAllItems(items).build());
        List<Float> alone = items.stream()
                .map(item -> client.score(byModel(same).addItems(item).build())
                        .getScores(0)
                        .getReward())
                .toList();

        assertThat(computedSequences() - before).as("sequences computed").isEqualTo(2 * items.size());
        try (FrozenModel model = FrozenModel.load(TestHouse.checkpoint(JUDGE), ONE_THREAD);
                Tokenizer tokenizer = Tokenizer.load(TestHouse.checkpoint(JUDGE))) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            for (int i = 0; i < items.size(); i++) {
                TokenSequence sequence =
                        encoder.example(items.get(i).getText(), items.get(i).getAnswer(), true);
                float expected =
                        model.evaluate(new MicroBatch(List.of(sequence), 1)).scores()[0];
                assertThat(together.getScores(i).getReward()).isCloseTo(expected, within(2e-5f));
                assertThat(alone.get(i)).isCloseTo(expected, within(2e-5f));
            }
        }
        assertThat(together.getJudgesList()).singleElement().satisfies(it -> {
            assertThat(it.getRole()).isEqualTo("rm");
            assertThat(it.getModel()).isEqualTo(judge.toString());
        });
    }

    private double computedSequences() {
        return registry.get("plumbline.reward.sequences")
                .tag("result", "computed")
                .functionCounter()
                .count();
    }

    @Test
    void a_judges_bias_is_part_of_its_scores() throws IOException {
        ModelVersion plain = awaitServed(house.publish("unbiased", JUDGE), JUDGE);
        ModelVersion biased = awaitServed(house.publishBiased("biased", JUDGE, -2.5), JUDGE);
        Answer item = text("the cat", " sees the dog");

        float score =
                client.score(byModel(plain).addItems(item).build()).getScores(0).getReward();
        assertThat(client.score(byModel(biased).addItems(item).build())
                        .getScores(0)
                        .getReward())
                .isCloseTo(score - 2.5f, within(2e-5f));
    }

    @Test
    void a_reward_is_the_weighted_sum_of_its_components_and_each_item_has_its_own_status() {
        RewardSpec reward = RewardSpec.newBuilder()
                .addComponents(component("right", 2).setNumericAnswer(NumericAnswerReward.getDefaultInstance()))
                .addComponents(component("marked", 0.5f)
                        .setRegularExpression(
                                RegularExpressionReward.newBuilder().setPattern("####")))
                .build();

        ScoreResponse response = client.score(ScoreRequest.newBuilder()
                .setReward(reward)
                .addItems(text("2+2?", "#### 4").toBuilder().setGroundTruth("4"))
                .addItems(text("2+2?", "5").toBuilder().setGroundTruth("4"))
                .addItems(text("2+2?", "4"))
                .build());

        assertThat(response.getScores(0).getReward()).isEqualTo(2.5f);
        assertThat(response.getScores(0).getComponentsList())
                .hasSize(2)
                .allSatisfy(it -> assertThat(it.getValue()).isEqualTo(1));
        assertThat(response.getScores(1).getReward()).isZero();
        assertThat(response.getScores(2).getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(response.getScores(2).getStatus().getMessage()).contains("prompt.ground_truth, which is not set");
    }

    @Test
    void a_comparison_is_the_sigmoid_of_the_difference() {
        RewardSpec reward = RewardSpec.newBuilder()
                .addComponents(component("right", 3).setExactMatch(ExactMatchReward.getDefaultInstance()))
                .build();
        var response = client.compare(CompareRequest.newBuilder()
                .setReward(reward)
                .setA(text("?", "yes").toBuilder().setGroundTruth("yes"))
                .setB(text("?", "no").toBuilder().setGroundTruth("yes"))
                .build());
        assertThat(response.getProbabilityAPreferred()).isCloseTo(1 / (1 + Math.exp(-3)), within(1e-12));
    }

    @Test
    void all_problems_of_a_reward_are_told_at_once() {
        RewardSpec reward = RewardSpec.newBuilder()
                .addComponents(component("", 1).setExactMatch(ExactMatchReward.getDefaultInstance()))
                .addComponents(component("re", 1)
                        .setRegularExpression(
                                RegularExpressionReward.newBuilder().setPattern("(")))
                .addComponents(component("re", 1)
                        .setLength(LengthReward.newBuilder().setMinTokens(5).setMaxTokens(4)))
                .addComponents(
                        component("rm", 1).setModel(ModelReward.newBuilder().setModel("reward")))
                .addComponents(component("format", 1).setFormat(FormatReward.getDefaultInstance()))
                .addComponents(component("repetition", 1)
                        .setRepetition(RepetitionReward.newBuilder().setWords(0)))
                .build();
        StatusRuntimeException error = refused(() -> client.score(ScoreRequest.newBuilder()
                .setReward(reward)
                .addItems(text("?", "!"))
                .build()));

        assertThat(error.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(detail(error, BadRequest.class).getFieldViolationsList())
                .extracting(BadRequest.FieldViolation::getField)
                .containsExactlyInAnyOrder(
                        "reward.components[0].name",
                        "reward.components[1].regular_expression.pattern",
                        "reward.components[2].name",
                        "reward.components[2].length",
                        "reward.components[3].model",
                        "reward.components[4].format",
                        "reward.components[5].repetition");
    }

    @Test
    void what_cannot_be_scored_is_refused_with_its_reason() {
        assertThat(reason(() -> client.score(ScoreRequest.getDefaultInstance())))
                .isEqualTo("NO_ITEMS");
        assertThat(reason(() -> client.score(
                        ScoreRequest.newBuilder().addItems(text("?", "!")).build())))
                .isEqualTo("NO_REWARD");
        assertThat(reason(() -> client.score(byModel(new ModelVersion("nobody", 7))
                        .addItems(text("?", "!"))
                        .build())))
                .isEqualTo("MODEL_NOT_FOUND");
    }

    @Test
    void an_answer_that_its_judge_cannot_read_is_refused_and_the_others_are_scored() {
        ModelVersion judge = awaitServed(house.publish("reader", JUDGE), JUDGE);
        Answer foreign = Answer.newBuilder()
                .setTokenIds(TokenIds.newBuilder().addIds(5))
                .addAnswerTokenIds(-1)
                .build();

        ScoreResponse response = client.score(
                byModel(judge).addItems(foreign).addItems(text("?", "!")).build());

        assertThat(response.getScores(0).getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT_VALUE);
        assertThat(response.getScores(0).getStatus().getMessage()).startsWith("ids must be in [0, ");
        assertThat(response.getScores(1).getStatus().getCode()).isZero();
    }

    @Test
    void content_in_parts_is_scored_as_one_text_by_a_judge_whose_template_knows_no_parts() {
        ModelVersion judge = awaitServed(house.publish("talker", JUDGE), JUDGE);
        ChatMessage.Builder inParts = ChatMessage.newBuilder().setRole("user");
        inParts.addPartsBuilder().setText("the small ");
        inParts.addPartsBuilder().setText("cat");
        ChatMessage.Builder whole = ChatMessage.newBuilder().setRole("user").setContent("the small cat");

        ScoreResponse response = client.score(
                byModel(judge).addItems(said(inParts)).addItems(said(whole)).build());

        assertThat(response.getScores(0).getStatus().getCode()).isZero();
        assertThat(response.getScores(0)).isEqualTo(response.getScores(1));
        assertThat(reason(() -> client.score(byModel(judge)
                        .addItems(said(whole.addParts(ContentPart.getDefaultInstance())))
                        .build())))
                .isEqualTo("INVALID_CONVERSATION");
    }

    private static Answer said(ChatMessage.Builder message) {
        return Answer.newBuilder()
                .setConversation(Conversation.newBuilder().addMessages(message))
                .setAnswer(" runs")
                .build();
    }

    @Test
    void a_damaged_model_is_refused_and_the_service_goes_on() throws IOException {
        StoredModel stored = house.stored("damaged", JUDGE);
        Path weights = stored.directory().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length / 2] ^= 1;
        weights.toFile().setWritable(true);
        Files.write(weights, bytes);
        ModelVersion damaged = house.publish(stored);
        ModelVersion good = awaitServed(house.publish("undamaged", JUDGE), JUDGE);

        assertThat(reason(() ->
                        client.score(byModel(damaged).addItems(text("?", "!")).build())))
                .isEqualTo("MODEL_INVALID");
        assertThat(client.score(byModel(good).addItems(text("?", "!")).build())
                        .getScores(0)
                        .getStatus()
                        .getCode())
                .isZero();
    }

    /** Returns once the service has read of the version: a rollout that names it was judged. */
    private ModelVersion awaitServed(ModelVersion judge, String family) {
        String run = "seen-" + judge;
        house.feeds()
                .publish(TestRollouts.contract(
                        run, judge, house.publish("home-of-" + judge.name(), TestRollouts.POLICY)));
        house.send(house.topics().rollouts(), TestRollouts.rollout(run, run, 1));
        assertThat(TestRollouts.awaitTrajectory(house, run).hasError())
                .as(family)
                .isFalse();
        return judge;
    }

    private static Answer text(String prompt, String answer) {
        return Answer.newBuilder().setText(prompt).setAnswer(answer).build();
    }

    private static RewardComponentSpec.Builder component(String name, float weight) {
        return RewardComponentSpec.newBuilder().setName(name).setWeight(weight);
    }

    private static ScoreRequest.Builder byModel(ModelVersion judge) {
        return ScoreRequest.newBuilder()
                .setReward(RewardSpec.newBuilder()
                        .addComponents(component("rm", 1)
                                .setModel(ModelReward.newBuilder().setModel(judge.toString()))));
    }

    private static StatusRuntimeException refused(Runnable call) {
        StatusRuntimeException[] caught = new StatusRuntimeException[1];
        assertThatThrownBy(call::run).isInstanceOfSatisfying(StatusRuntimeException.class, error -> caught[0] = error);
        return caught[0];
    }

    private static String reason(Runnable call) {
        return detail(refused(call), ErrorInfo.class).getReason();
    }

    private static <T extends com.google.protobuf.Message> T detail(StatusRuntimeException error, Class<T> type) {
        return StatusProto.fromThrowable(error).getDetailsList().stream()
                .filter(any -> any.is(type))
                .map(any -> {
                    try {
                        return any.unpack(type);
                    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                        throw new AssertionError(e);
                    }
                })
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + error));
    }
}
