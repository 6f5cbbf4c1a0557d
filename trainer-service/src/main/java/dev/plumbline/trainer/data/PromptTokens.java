package dev.plumbline.trainer.data;

/**
 * A prompt to be answered.
 *
 * @param ids its tokens, not to be modified
 * @param cut whether ids lack the first tokens of the prompt, so that only they say what is asked
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record PromptTokens(Question question, int[] ids, boolean cut) {}
