package dev.plumbline.policy.request;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;

/** From a conversation on the wire to one that a chat template renders. */
public final class WireConversation {
    private WireConversation() {}

    /**
     * The conversation that a message holds.
     *
     * @throws IllegalArgumentException if a field is not what it must be; the message names it
     */
    public static Conversation read(dev.plumbline.proto.exchange.v1.Conversation wire) {
        return new Conversation(
                wire.getMessagesList().stream().map(WireConversation::message).toList(),
                wire.getToolsJsonList(),
                wire.getChatTemplateKwargsJson());
    }

    private static ChatMessage message(dev.plumbline.proto.exchange.v1.ChatMessage wire) {
        return new ChatMessage(
                wire.getRole(),
                wire.getContent(),
                wire.getReasoningContent(),
                wire.getToolCallsList().stream()
                        .map(call -> new ToolCall(call.getId(), call.getName(), call.getArgumentsJson()))
                        .toList(),
                wire.getName(),
                wire.getToolCallId());
    }
}
