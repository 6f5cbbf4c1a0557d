package dev.plumbline.trainer.data;

import dev.plumbline.lm.text.Conversation;
import dev.plumbline.lm.text.TextEncoder;

/** What a model is asked. */
public sealed interface PromptContent {
    /** Token ids as every service makes them from this prompt. */
    int[] encode(TextEncoder encoder);

    /** Plain text, tokenised as it is; may be empty. */
    record Text(String text) implements PromptContent {
        @Override
        public int[] encode(TextEncoder encoder) {
            return encoder.prompt(text);
        }
    }

    /** A conversation, rendered with the checkpoint's chat template. */
    record Chat(Conversation conversation) implements PromptContent {
        public Chat {
            if (conversation.messages().isEmpty()) {
                throw new IllegalArgumentException("a conversation needs at least one turn, got none");
            }
        }

        @Override
        public int[] encode(TextEncoder encoder) {
            return encoder.prompt(conversation);
        }
    }
}
