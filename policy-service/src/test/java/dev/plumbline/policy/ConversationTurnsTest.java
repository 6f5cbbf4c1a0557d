package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.TokenizeRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The second turn of a conversation goes on from what was computed for the first, as long as the version is the same. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class ConversationTurnsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Tokens that are kept and found together. */
    private static final int BLOCK = 32;

    private static final int ANSWER = 50;

    private static RunningHouse house;
    /** Each is a word, so that an answer of them is read as the same tokens again. */
    private static List<Integer> words;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        try (Tokenizer tokenizer = Tokenizer.load(Checkpoints.qwen2())) {
            words = IntStream.range(0, tokenizer.vocabularySize())
                    .filter(id -> tokenizer.decode(new int[] {id}, false).matches(" [a-z]+"))
                    .boxed()
                    .toList();
        }
    }

    @AfterAll
    static void close() {
        house.close();
    }

    /** What an assistant said. */
    private record Said(String text, List<Integer> ids) {}

    /** How one is asked. */
    enum Way {
        GRPC {
            @Override
            Said ask(List<String> messages, List<Integer> allowed, int tokens) {
                Sample sample = house.blocking()
                        .generate(GenerateRequest.newBuilder()
                                .setConversation(conversation(messages))
                                .setSampling(Sampling.newBuilder().setSeed(7).addAllAllowedTokenIds(allowed))
                                .setStopping(Stopping.newBuilder()
                                        .setMaxTokens(tokens)
                                        .setIgnoreEos(true))
                                .build())
                        .getSamples(0);
                return new Said(sample.getText(), sample.getTokenIdsList());
            }
        },
        HTTP {
            @Override
            Said ask(List<String> messages, List<Integer> allowed, int tokens) throws Exception {
                ObjectNode body = JSON.createObjectNode()
                        .put("model", "policy")
                        .put("seed", 7)
                        .put("max_tokens", tokens)
                        .put("ignore_eos", true)
                        .put("return_token_ids", true);
                ArrayNode turns = body.putArray("messages");
                for (int i = 0; i < messages.size(); i++) {
                    turns.addObject().put("role", role(i)).put("content", messages.get(i));
                }
                allowed.forEach(body.putArray("allowed_token_ids")::add);
                HttpResponse<String> response = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(house.uri("/v1/chat/completions"))
                                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                JsonNode choice = JSON.readTree(response.body()).path("choices").path(0);
                List<Integer> ids = new ArrayList<>();
                choice.path("token_ids").forEach(id -> ids.add(id.asInt()));
                return new Said(choice.path("message").path("content").asText(), ids);
            }
        };

        /**
         * The next thing said.
         *
         * @param messages of a user and an assistant by turns
         * @param allowed tokens; empty: all
         */
        abstract Said ask(List<String> messages, List<Integer> allowed, int tokens) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void theSecondTurnReusesTheFirstOfTheSameVersion(Way way) throws Exception {
        List<String> turns = new ArrayList<>(List.of("the gardener and the " + way));
        house.serve(Checkpoints.qwen2());
        int first = prompt(turns).size();
        Said said = way.ask(turns, words, ANSWER);
        assertThat(said.ids()).hasSize(ANSWER);
        turns.addAll(List.of(said.text(), "so ?"));
        List<Integer> second = prompt(turns);
        assertThat(second.subList(first, first + ANSWER))
                .as("read as it was written")
                .isEqualTo(said.ids());

        double before = reused();
        Said answer = way.ask(turns, List.of(), 10);

        // The last token of an answer was never read.
        int whole = (first + ANSWER - 1) / BLOCK * BLOCK;
        assertThat(whole).as("some of it the answer's").isGreaterThan(first);
        assertThat(reused() - before).isEqualTo(whole);

        house.serve(Checkpoints.qwen2());
        double swapped = reused();
        assertThat(way.ask(turns, List.of(), 10)).as("computed anew").isEqualTo(answer);
        assertThat(reused() - swapped).isZero();
    }

    private static double reused() {
        return house.metric("plumbline_policy_reused_tokens_total");
    }

    private static List<Integer> prompt(List<String> messages) {
        return house.blocking()
                .tokenize(TokenizeRequest.newBuilder()
                        .setConversation(conversation(messages))
                        .build())
                .getTokenIdsList();
    }

    private static Conversation conversation(List<String> messages) {
        Conversation.Builder conversation = Conversation.newBuilder();
        for (int i = 0; i < messages.size(); i++) {
            conversation.addMessages(ChatMessage.newBuilder().setRole(role(i)).setContent(messages.get(i)));
        }
        return conversation.build();
    }

    private static String role(int turn) {
        return turn % 2 == 0 ? "user" : "assistant";
    }
}
