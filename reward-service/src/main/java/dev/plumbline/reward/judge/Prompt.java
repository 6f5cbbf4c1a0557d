package dev.plumbline.reward.judge;

import dev.plumbline.lm.text.Conversation;

/** What was asked, in the form its owner has it. */
public sealed interface Prompt {

    /** Plain text. */
    record Text(String text) implements Prompt {}

    /** A conversation, ending before the answer. */
    record Turns(Conversation conversation) implements Prompt {}

    /** Ids alone; only a judge of the same vocabulary can read them. Not to be modified. */
    @SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
    record Ids(int[] ids) implements Prompt {}
}
