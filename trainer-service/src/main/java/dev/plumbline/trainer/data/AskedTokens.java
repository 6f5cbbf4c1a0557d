package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.util.Arrays;

/**
 * A demonstration to learn and its prompt to ask.
 *
 * @param prompt has the tokens that sequence begins with
 */
public record AskedTokens(PromptTokens prompt, TokenSequence sequence) {
    static AskedTokens of(Question question, TokenSequence sequence, boolean cut) {
        int[] prompt = Arrays.copyOf(sequence.ids(), sequence.promptLength());
        return new AskedTokens(new PromptTokens(question, prompt, cut), sequence);
    }
}
