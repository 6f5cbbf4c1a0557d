package dev.plumbline.reward.judge;

import dev.plumbline.lm.text.ChatMessage;
import java.util.List;

/** What was asked, in the form its owner has it. */
public sealed interface Prompt {

    /** Plain text. */
    record Text(String text) implements Prompt {}

    /** Turns of a conversation, ending before the answer. */
    record Conversation(List<ChatMessage> messages) implements Prompt {
        public Conversation {
            messages = List.copyOf(messages);
        }
    }

    /** Ids alone; only a judge of the same vocabulary can read them. Not to be modified. */
    @SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
    record Ids(int[] ids) implements Prompt {}
}
