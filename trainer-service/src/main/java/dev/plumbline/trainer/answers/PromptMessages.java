package dev.plumbline.trainer.answers;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.lm.text.ToolCall;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.trainer.data.PromptContent;
import dev.plumbline.trainer.data.PromptTokens;

/** From a prompt of a dataset to its record. */
public final class PromptMessages {
    private PromptMessages() {}

    /** As it was written, for people to read; only where it was cut, as token ids. */
    public static Prompt.Builder of(String id, String runId, PromptTokens prompt) {
        Prompt.Builder message = Prompt.newBuilder().setId(id).setRunId(runId);
        prompt.question().groundTruth().ifPresent(message::setGroundTruth);
        if (prompt.cut()) {
            TokenIds.Builder ids = TokenIds.newBuilder();
            for (int tokenId : prompt.ids()) {
                ids.addIds(tokenId);
            }
            return message.setTokenIds(ids);
        }
        PromptContent content = prompt.question().prompt();
        if (content instanceof PromptContent.Text text) {
            return message.setText(text.text());
        }
        return message.setConversation(wire(((PromptContent.Chat) content).conversation()));
    }

    private static Conversation wire(dev.plumbline.lm.text.Conversation conversation) {
        Conversation.Builder wire = Conversation.newBuilder()
                .addAllToolsJson(conversation.toolsJson())
                .setChatTemplateKwargsJson(conversation.chatTemplateKwargsJson());
        for (ChatMessage turn : conversation.messages()) {
            dev.plumbline.proto.exchange.v1.ChatMessage.Builder message = wire.addMessagesBuilder()
                    .setRole(turn.role())
                    .setContent(
                            turn.content().parts().isEmpty() ? turn.content().text() : "")
                    .setReasoningContent(turn.reasoningContent())
                    .setName(turn.name())
                    .setToolCallId(turn.toolCallId());
            turn.content().parts().forEach(text -> message.addPartsBuilder().setText(text));
            for (ToolCall call : turn.toolCalls()) {
                message.addToolCallsBuilder()
                        .setId(call.id())
                        .setName(call.name())
                        .setArgumentsJson(call.argumentsJson());
            }
        }
        return wire.build();
    }
}
