package dev.plumbline.lm;

import java.nio.IntBuffer;

/**
 * A prompt followed by its response.
 *
 * @param ids token ids, not to be modified afterwards
 * @param promptLength how many of the ids are the prompt, from 0 to {@code ids.length}; language modelling needs at
 *     least 1, since the first response token is predicted from the token before it
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for the model: never compared, and too many to copy
public record TokenSequence(int[] ids, int promptLength) {
    public TokenSequence {
        if (promptLength < 0 || promptLength > ids.length) {
            throw new IllegalArgumentException(
                    "promptLength must be from 0 to the " + ids.length + " ids, got " + promptLength);
        }
    }

    /** How many ids follow the prompt. */
    public int responseLength() {
        return ids.length - promptLength;
    }

    /** The prompt's ids; equal for equal prompts. */
    IntBuffer prompt() {
        return IntBuffer.wrap(ids, 0, promptLength).asReadOnlyBuffer();
    }
}
