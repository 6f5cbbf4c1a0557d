package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.policy.v1.ComputeLogprobsRequest;
import dev.plumbline.proto.policy.v1.DetokenizeRequest;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateStreamRequest;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.PolicyServiceGrpc;
import dev.plumbline.proto.policy.v1.PromptAndResponse;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that no client would make, byte by byte over a socket. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class MutatedCallsTest {
    private static final int CALLS = 300;
    private static final Set<Status.Code> DEFECTS = Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN);
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

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void noCallMakesADefectAHangOrALeak() throws Exception {
        Map<MethodDescriptor<?, ?>, List<Message>> right = Map.of(
                PolicyServiceGrpc.getGenerateMethod(), GENERATIONS,
                PolicyServiceGrpc.getGenerateStreamMethod(),
                        GENERATIONS.stream()
                                .<Message>map(request -> GenerateStreamRequest.newBuilder()
                                        .setRequest((GenerateRequest) request)
                                        .build())
                                .toList(),
                PolicyServiceGrpc.getComputeLogprobsMethod(),
                        List.of(ComputeLogprobsRequest.newBuilder()
                                .addSequences(PromptAndResponse.newBuilder()
                                        .addAllPromptTokenIds(List.of(5, 6))
                                        .addAllResponseTokenIds(List.of(7, 8)))
                                .build()),
                PolicyServiceGrpc.getTokenizeMethod(),
                        List.of(
                                TokenizeRequest.newBuilder().setText("hello").build(),
                                TokenizeRequest.newBuilder()
                                        .setConversation(CONVERSATION)
                                        .build()),
                PolicyServiceGrpc.getDetokenizeMethod(),
                        List.of(DetokenizeRequest.newBuilder()
                                .addAllTokenIds(List.of(5, 6, 7))
                                .build()));
        List<?> before = answer();
        long seed = new Random().nextLong();
        Random random = new Random(seed);

        // In an order of its own, so that a seed makes the same calls again.
        List<Map.Entry<MethodDescriptor<?, ?>, List<Message>>> methods = right.entrySet().stream()
                .sorted(Comparator.comparing(each -> each.getKey().getFullMethodName()))
                .toList();
        for (Map.Entry<MethodDescriptor<?, ?>, List<Message>> method : methods) {
            MutatedMessages messages = new MutatedMessages(random, method.getValue());
            for (int i = 0; i < CALLS; i++) {
                Ending ending = Ending.values()[random.nextInt(Ending.values().length)];
                Status status = call(method.getKey(), messages.next(), ending);
                assertThat(DEFECTS)
                        .as(
                                "seed %d, call %d of %s: %s",
                                seed, i, method.getKey().getBareMethodName(), status)
                        .doesNotContain(status.getCode());
            }
        }

        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);
        RunningHouse.eventually(() -> house.metric("plumbline_policy_queued") == 0);
        assertThat(answer()).isEqualTo(before);
        GetLoadRequest load = GetLoadRequest.getDefaultInstance();
        RunningHouse.eventually(() -> house.blocking().getLoad(load).getReservedBytes() == 0);
    }

    private static List<?> answer() {
        return house.blocking().generate(GENERATE).getSamplesList();
    }

    /** What the caller does after its message. */
    private enum Ending {
        HALF_CLOSE,
        CANCEL_AT_ONCE,
        CANCEL_AT_THE_FIRST_ANSWER
    }

    /** The status that the call comes to, which it must within a bound. */
    private static Status call(MethodDescriptor<?, ?> method, byte[] message, Ending ending) throws Exception {
        ClientCall<byte[], byte[]> call = house.channel()
                .newCall(
                        MethodDescriptor.newBuilder(Bytes.AS_THEY_ARE, Bytes.AS_THEY_ARE)
                                .setFullMethodName(method.getFullMethodName())
                                .setType(method.getType())
                                .build(),
                        CallOptions.DEFAULT);
        CompletableFuture<Status> closed = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] answer) {
                        if (ending == Ending.CANCEL_AT_THE_FIRST_ANSWER) {
                            call.cancel("no more", null);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        closed.complete(status);
                    }
                },
                new Metadata());
        call.request(Integer.MAX_VALUE);
        call.sendMessage(message);
        if (ending == Ending.CANCEL_AT_ONCE) {
            call.cancel("never mind", null);
        } else {
            call.halfClose();
        }
        return closed.get(30, TimeUnit.SECONDS);
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        AS_THEY_ARE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
