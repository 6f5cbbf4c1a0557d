package dev.plumbline.reward.judge;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.proto.exchange.v1.ToolCall;
import dev.plumbline.proto.reward.v1.Verification;
import dev.plumbline.reward.verifier.Verifiers;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.ServiceException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The calls to verifiers that one request needs. They run while the models compute. */
final class Verifying {

    private final Map<String, CompletableFuture<List<Verification>>> calls = new LinkedHashMap<>();

    /** Begins the calls, one for each verifier of the reward. */
    static Verifying begin(Verifiers verifiers, Reward reward, List<Answer> answers) {
        Verifying verifying = new Verifying();
        List<dev.plumbline.proto.reward.v1.Answer> onTheWire =
                answers.stream().map(Verifying::onTheWire).toList();
        reward.verifiers().forEach(name -> verifying.calls.put(name, verifiers.verify(name, onTheWire)));
        return verifying;
    }

    /** Nothing to wait for. */
    static Verifying none() {
        return new Verifying();
    }

    /** Ends with the last of the calls; fails if one of them does. */
    CompletableFuture<Void> ended() {
        return CompletableFuture.allOf(calls.values().toArray(CompletableFuture[]::new));
    }

    /** What a verifier said of an answer, once the calls have ended. */
    Verification of(String verifier, int answer) {
        CompletableFuture<List<Verification>> call = calls.get(verifier);
        if (call == null) {
            throw new IllegalStateException("verifier " + verifier + " was not asked");
        }
        return call.join().get(answer);
    }

    /** Why a verifier could not judge an answer, if it said so. */
    static Optional<ServiceException> refusal(String component, Verification verification) {
        if (verification.getStatus().getCode() == 0) {
            return Optional.empty();
        }
        return Optional.of(CallerFault.invalid(
                "NOT_VERIFIED",
                "answer",
                component + ": the verifier cannot judge it: "
                        + verification.getStatus().getMessage()));
    }

    private static dev.plumbline.proto.reward.v1.Answer onTheWire(Answer answer) {
        dev.plumbline.proto.reward.v1.Answer.Builder wire = dev.plumbline.proto.reward.v1.Answer.newBuilder()
                .setAnswer(answer.given().text())
                .setTruncated(!answer.response().complete());
        answer.given().groundTruth().ifPresent(wire::setGroundTruth);
        Prompt prompt = answer.prompt();
        if (prompt instanceof Prompt.Text text) {
            wire.setText(text.text());
        } else if (prompt instanceof Prompt.Turns turns) {
            wire.setConversation(conversation(turns.conversation()));
        } else if (prompt instanceof Prompt.Ids ids) {
            TokenIds.Builder tokenIds = TokenIds.newBuilder();
            Arrays.stream(ids.ids()).forEach(tokenIds::addIds);
            wire.setTokenIds(tokenIds);
            answer.response()
                    .tokens()
                    .ifPresent(tokens -> Arrays.stream(tokens.response()).forEach(wire::addAnswerTokenIds));
        }
        return wire.build();
    }

    private static Conversation conversation(dev.plumbline.lm.text.Conversation asked) {
        return Conversation.newBuilder()
                .addAllMessages(
                        asked.messages().stream().map(Verifying::message).toList())
                .addAllToolsJson(asked.toolsJson())
                .setChatTemplateKwargsJson(asked.chatTemplateKwargsJson())
                .build();
    }

    private static dev.plumbline.proto.exchange.v1.ChatMessage message(ChatMessage turn) {
        return dev.plumbline.proto.exchange.v1.ChatMessage.newBuilder()
                .setRole(turn.role())
                .setContent(turn.content().parts().isEmpty() ? turn.content().text() : "")
                .addAllParts(turn.content().parts().stream()
                        .map(text -> ContentPart.newBuilder().setText(text).build())
                        .toList())
                .setReasoningContent(turn.reasoningContent())
                .addAllToolCalls(turn.toolCalls().stream().map(Verifying::call).toList())
                .setName(turn.name())
                .setToolCallId(turn.toolCallId())
                .build();
    }

    private static ToolCall call(dev.plumbline.lm.text.ToolCall call) {
        return ToolCall.newBuilder()
                .setId(call.id())
                .setName(call.name())
                .setArgumentsJson(call.argumentsJson())
                .build();
    }
}
