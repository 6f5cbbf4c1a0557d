package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import java.util.Arrays;
import java.util.Optional;

/** Prompt and answer as one sequence, and its cutting. */
final class Sequences {
    private Sequences() {}

    /** The prompt and an answer that is complete, so that it ends in EOS. */
    static TokenSequence example(TextEncoder encoder, PromptContent prompt, String answer) {
        if (prompt instanceof PromptContent.Chat chat) {
            return encoder.example(chat.conversation(), answer, true);
        }
        return encoder.example(((PromptContent.Text) prompt).text(), answer, true);
    }

    /** One prompt token has to stay, for the first answer token to be predicted from. */
    static Optional<TokenSequence> withoutFirst(TokenSequence sequence, int tokens) {
        if (tokens >= sequence.promptLength()) {
            return Optional.empty();
        }
        return Optional.of(new TokenSequence(
                Arrays.copyOfRange(sequence.ids(), tokens, sequence.ids().length), sequence.promptLength() - tokens));
    }
}
