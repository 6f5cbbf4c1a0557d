package dev.plumbline.reward.judge;

import java.util.Optional;

/**
 * What was answered.
 *
 * @param text without special tokens
 * @param complete ended by itself; a judge then reads an EOS behind it
 * @param tokens prompt and response as ids, if they are known
 */
public record Response(String text, boolean complete, Optional<Tokens> tokens) {

    /**
     * Prompt and response as ids of one vocabulary; not to be modified.
     *
     * @param prompt at least one id
     * @param response the EOS or stop token included
     * @param vocabulary digest of the vocabulary; empty: taken to be the judge's
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
    public record Tokens(int[] prompt, int[] response, String vocabulary) {}

    /** About how many tokens a judge will read; exact where the ids are known. */
    long estimatedTokens() {
        return tokens.map(known -> (long) known.prompt().length + known.response().length)
                .orElse(1L + text.length() / 4);
    }
}
