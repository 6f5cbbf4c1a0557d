package dev.plumbline.policy;

import com.google.protobuf.Message;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.fuzz.MutatedCalls;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.AbortRequestsRequest;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.DetokenizeRequest;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.policy.v1.ListModelsRequest;
import dev.plumbline.proto.policy.v1.LoadModelRequest;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseMode;
import dev.plumbline.proto.policy.v1.PolicyControlServiceGrpc;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import dev.plumbline.proto.policy.v1.ResumeGenerationRequest;
import dev.plumbline.proto.policy.v1.RollbackModelRequest;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls and orders that no client would make make no defect, no hang and no leak. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(600)
class MutatedCallsTest {
    private static final GenerateRequest GENERATE = GenerateRequest.newBuilder()
            .setText("hello")
            .setTopLogprobs(2)
            .setPromptLogprobs(true)
            .setPriority(1)
            .setSampling(Sampling.newBuilder()
                    .setTemperature(0.7f)
                    .setTopK(5)
                    .setTopP(0.9f)
                    .setMinP(0.1f)
                    .setRepetitionPenalty(1.1f)
                    .setSeed(3)
                    .setNumSamples(2)
                    .putLogitBias(7, 1.5f)
                    .addAllAllowedTokenIds(List.of(7, 8, 9)))
            .setStopping(Stopping.newBuilder()
                    .setMaxTokens(3)
                    .addStopStrings("x")
                    .addStopTokenIds(7)
                    .setMinTokens(1))
            .build();
    private static final Conversation CONVERSATION = Conversation.newBuilder()
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hello"))
            .addMessages(ChatMessage.newBuilder()
                    .setRole("user")
                    .addParts(ContentPart.newBuilder().setText("there")))
            .addToolsJson("{\"type\": \"function\"}")
            .setChatTemplateKwargsJson("{\"a\": 1}")
            .build();
    private static final List<Message> GENERATIONS = List.of(
            GENERATE,
            GENERATE.toBuilder().setConversation(CONVERSATION).build(),
            GENERATE.toBuilder()
                    .setTokenIds(TokenIds.newBuilder().addAllIds(List.of(5, 6, 7)))
                    .build());

    private static RunningHouse house;
    private static ModelVersion older;
    private static ModelVersion newest;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        older = house.serve(Checkpoints.qwen2());
        newest = house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void noCallMakesADefectAHangOrALeak() throws Exception {
        MutatedCalls calls = new MutatedCalls(
                house.channel(),
                PolicyServiceGrpc.getServiceDescriptor(),
                Map.of(
                        "Generate",
                        GENERATIONS,
                        "GenerateStream",
                        GENERATIONS.stream()
                                .<Message>map(request -> GenerateStreamRequest.newBuilder()
                                        .setRequest((GenerateRequest) request)
                                        .build())
                                .toList(),
                        "ComputeLogprobs",
                        List.of(ComputeLogprobsRequest.newBuilder()
                                .addSequences(PromptAndResponse.newBuilder()
                                        .addAllPromptTokenIds(List.of(5, 6))
                                        .addAllResponseTokenIds(List.of(7, 8)))
                                .build()),
                        "Tokenize",
                        List.of(
                                TokenizeRequest.newBuilder().setText("hello").build(),
                                TokenizeRequest.newBuilder()
                                        .setConversation(CONVERSATION)
                                        .build()),
                        "Detokenize",
                        List.of(DetokenizeRequest.newBuilder()
                                .addAllTokenIds(List.of(5, 6, 7))
                                .build()),
                        "GetLoad",
                        List.of(GetLoadRequest.getDefaultInstance()),
                        "GetModelInfo",
                        List.of(GetModelInfoRequest.getDefaultInstance())));
        AtRest rest = new AtRest(house);

        calls.make(250, new Random().nextLong(), reply -> {});

        rest.awaitAgain();
    }

    @Test
    void noOrderMakesADefectAHangOrALeak() throws Exception {
        MutatedCalls orders = new MutatedCalls(
                house.control().getChannel(),
                PolicyControlServiceGrpc.getServiceDescriptor(),
                Map.of(
                        "LoadModel",
                        Stream.of(older, newest)
                                .<Message>map(version -> LoadModelRequest.newBuilder()
                                        .setModel(version.toString())
                                        .build())
                                .toList(),
                        "RollbackModel",
                        List.of(
                                RollbackModelRequest.newBuilder()
                                        .setModel(older.toString())
                                        .build(),
                                RollbackModelRequest.getDefaultInstance()),
                        "ListModels",
                        List.of(ListModelsRequest.newBuilder()
                                .setName("policy")
                                .setPageSize(1)
                                .setPageToken(newest.toString())
                                .build()),
                        "PauseGeneration",
                        Stream.of(PauseMode.PAUSE_MODE_ABORT, PauseMode.PAUSE_MODE_KEEP, PauseMode.PAUSE_MODE_WAIT)
                                .<Message>map(mode -> PauseGenerationRequest.newBuilder()
                                        .setMode(mode)
                                        .build())
                                .toList(),
                        "ResumeGeneration",
                        List.of(ResumeGenerationRequest.getDefaultInstance()),
                        "AbortRequests",
                        List.of(
                                AbortRequestsRequest.newBuilder().setAll(true).build(),
                                AbortRequestsRequest.newBuilder()
                                        .addRequestIds("nobody")
                                        .build())));
        AtRest rest = new AtRest(house);

        orders.make(150, new Random().nextLong(), reply -> {});

        house.control()
                .loadModel(LoadModelRequest.newBuilder().setFollowNewest(true).build());
        house.control().resumeGeneration(ResumeGenerationRequest.getDefaultInstance());
        rest.awaitAgain();
    }
}
