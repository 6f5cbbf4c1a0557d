package dev.plumbline.policy.request;

import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.List;

/** A prompt in one of its three forms, or none at all. */
public sealed interface PromptInput {
    /** Plain text, tokenised as it is. */
    record Text(String text) implements PromptInput {}

    /** A conversation, rendered with the chat template. */
    record Turns(Conversation conversation) implements PromptInput {}

    /** Ids of the vocabulary, used as they are. */
    record Ids(List<Integer> ids) implements PromptInput {
        public Ids {
            ids = List.copyOf(ids);
        }

        int[] toArray() {
            return ids.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    /** The request has no prompt. */
    record Missing() implements PromptInput {}

    /** The prompt of a call. */
    static PromptInput of(GenerateRequest request) {
        return switch (request.getPromptCase()) {
            case TEXT -> new Text(request.getText());
            case CONVERSATION -> new Turns(request.getConversation());
            case TOKEN_IDS -> new Ids(request.getTokenIds().getIdsList());
            case PROMPT_NOT_SET -> new Missing();
        };
    }

    /** The prompt of a record. */
    static PromptInput of(Prompt prompt) {
        return switch (prompt.getContentCase()) {
            case TEXT -> new Text(prompt.getText());
            case CONVERSATION -> new Turns(prompt.getConversation());
            case TOKEN_IDS -> new Ids(prompt.getTokenIds().getIdsList());
            case CONTENT_NOT_SET -> new Missing();
        };
    }
}
