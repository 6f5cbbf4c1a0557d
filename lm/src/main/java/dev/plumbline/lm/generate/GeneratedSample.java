package dev.plumbline.lm.generate;

import java.util.List;

/**
 * A finished answer.
 *
 * @param index of the answer among those to its prompt
 * @param ids its tokens, with the end-of-sequence or stop token if one ended it
 * @param text of the tokens, without special tokens, without the stop token or stop string that ended it; all that was
 *     delivered piece by piece, joined
 * @param logProbs of each token, in nats, under the distribution it was really sampled from (0 for a greedy choice)
 * @param rawLogProbs of each token, in nats, under softmax(logits)
 * @param top the likeliest tokens in the place of each; empty if none were asked for
 */
@SuppressWarnings("ArrayRecordComponent") // a result's numbers: never compared
public record GeneratedSample(
        int index,
        int[] ids,
        String text,
        float[] logProbs,
        float[] rawLogProbs,
        List<TopLogProbs> top,
        FinishReason finishReason) {
    public GeneratedSample {
        top = List.copyOf(top);
    }
}
