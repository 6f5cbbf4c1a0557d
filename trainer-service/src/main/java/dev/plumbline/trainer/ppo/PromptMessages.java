package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.text.ChatMessage;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.TokenIds;
import dev.plumbline.trainer.data.PromptContent;
import dev.plumbline.trainer.data.PromptTokens;

/** From a prompt of a dataset to its record. */
final class PromptMessages {
    private PromptMessages() {}

    /** As it was written, for people to read; only where it was cut, as token ids. */
    static Prompt.Builder of(String id, String runId, PromptTokens prompt) {
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
        Conversation.Builder conversation = Conversation.newBuilder();
        for (ChatMessage turn : ((PromptContent.Chat) content).messages()) {
            conversation.addMessages(dev.plumbline.proto.exchange.v1.ChatMessage.newBuilder()
                    .setRole(turn.role())
                    .setContent(turn.content()));
        }
        return message.setConversation(conversation);
    }
}
