package dev.plumbline.lm.text;

import dev.plumbline.lm.TokenSequence;
import java.util.Arrays;

/**
 * The one way from text to ids, for fine-tuning, ranking, scoring and sampling alike. A complete answer ends in EOS, one
 * that was cut off does not, and that is how a model learns to stop. Prompt and answer are encoded apart, so that a
 * prompt's ids are the same with an answer as when one is asked for.
 *
 * <p>Safe for use by several threads at once, as the tokenizer is.
 */
public final class TextEncoder {
    private final Tokenizer tokenizer;
    private final int eos;

    /**
     * An encoder that leaves closing the tokenizer to its owner.
     *
     * @throws IllegalArgumentException if the tokenizer has no EOS token, or puts one after every text
     */
    public TextEncoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.eos = tokenizer
                .eosId()
                .orElseThrow(() -> new IllegalArgumentException(tokenizer.file()
                        + " has no EOS token, which ends an answer; name one as eos_token in tokenizer_config.json"));
        if (endsEveryText(tokenizer, eos)) {
            throw new IllegalArgumentException(tokenizer.file()
                    + ": post_processor puts EOS after every text, so that no answer could follow a prompt; remove it");
        }
    }

    /** Around the empty text stand BOS, EOS or both; where the two are one token, a single one is BOS. */
    private static boolean endsEveryText(Tokenizer tokenizer, int eos) {
        int[] around = tokenizer.encode("", true);
        return around.length > 0
                && around[around.length - 1] == eos
                && !(around.length == 1 && tokenizer.bosId().orElse(-1) == eos);
    }

    /**
     * A prompt in plain text, with what the tokenizer puts around a text, such as BOS.
     *
     * @throws IllegalArgumentException if no token comes of it
     */
    public int[] prompt(String text) {
        return requireTokens(tokenizer.encode(text, true), "prompt");
    }

    /**
     * A conversation up to where the assistant's answer begins.
     *
     * @throws IllegalArgumentException if it is empty, or the checkpoint has no chat template, or one that refuses it
     */
    public int[] prompt(Conversation conversation) {
        if (conversation.messages().isEmpty()) {
            throw new IllegalArgumentException("conversation must have at least one message, got none");
        }
        return requireTokens(tokenizer.encode(tokenizer.renderChat(conversation, true), false), "conversation");
    }

    /**
     * A prompt and its answer.
     *
     * @param complete whether the answer ended by itself, rather than being cut off
     */
    public TokenSequence example(String prompt, String answer, boolean complete) {
        return join(prompt(prompt), answer, complete);
    }

    /**
     * A conversation and the assistant's answer to it.
     *
     * @param complete whether the answer ended by itself, rather than being cut off
     */
    public TokenSequence example(Conversation conversation, String answer, boolean complete) {
        return join(prompt(conversation), answer, complete);
    }

    private TokenSequence join(int[] prompt, String answer, boolean complete) {
        int[] response = tokenizer.encode(answer, false);
        int[] ids = Arrays.copyOf(prompt, prompt.length + response.length + (complete ? 1 : 0));
        System.arraycopy(response, 0, ids, prompt.length, response.length);
        if (complete) {
            ids[ids.length - 1] = eos;
        }
        return new TokenSequence(ids, prompt.length);
    }

    /** A text for language modelling: BOS if the tokenizer has one, the text, EOS. */
    public int[] plain(String text) {
        int[] response = tokenizer.encode(text, false);
        int start = tokenizer.bosId().isPresent() ? 1 : 0;
        int[] ids = new int[start + response.length + 1];
        tokenizer.bosId().ifPresent(bos -> ids[0] = bos);
        System.arraycopy(response, 0, ids, start, response.length);
        ids[ids.length - 1] = eos;
        return ids;
    }

    private static int[] requireTokens(int[] ids, String what) {
        if (ids.length == 0) {
            throw new IllegalArgumentException(what + " must have at least one token, got an empty text");
        }
        return ids;
    }
}
