package dev.plumbline.reward;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.Content;
import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.ToolCall;
import dev.plumbline.proto.exchange.v1.ContentPart;
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
                content(wire),
                wire.getReasoningContent(),
                wire.getToolCallsList().stream()
                        .map(call -> new ToolCall(call.getId(), call.getName(), call.getArgumentsJson()))
                        .toList(),
                wire.getName(),
                wire.getToolCallId());
    }

    private static Content content(dev.plumbline.proto.exchange.v1.ChatMessage wire) {
        if (wire.getPartsCount() == 0) {
            return new Content.Text(wire.getContent());
        }
        if (!wire.getContent().isEmpty()) {
            throw new IllegalArgumentException(
                    "a message must have content or parts, got both; leave content empty and make it a part");
        }
        return new Content.Parts(
                wire.getPartsList().stream().map(WireConversation::text).toList());
    }

    private static String text(ContentPart part) {
        return switch (part.getPartCase()) {
            case TEXT -> part.getText();
            case PART_NOT_SET ->
                throw new IllegalArgumentException(
                        "parts of a message must be text, got one of a kind that is not known here");
        };
    }
}
