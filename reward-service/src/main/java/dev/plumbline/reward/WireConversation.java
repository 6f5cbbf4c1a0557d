package dev.plumbline.reward;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.ServiceException;

/** From a conversation on the wire to one that a chat template renders. */
final class WireConversation {
    private WireConversation() {}

    /**
     * The conversation that a message holds.
     *
     * @param field where the conversation stands, for complaints
     * @throws ServiceException if a field of it is not what it must be
     */
    static Conversation read(dev.plumbline.proto.exchange.v1.Conversation wire, String field) {
        try {
            return new Conversation(
                    wire.getMessagesList().stream()
                            .map(WireConversation::message)
                            .toList(),
                    wire.getToolsJsonList(),
                    wire.getChatTemplateKwargsJson());
        } catch (IllegalArgumentException e) {
            throw CallerFault.invalid("INVALID_CONVERSATION", field, String.valueOf(e.getMessage()));
        }
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
