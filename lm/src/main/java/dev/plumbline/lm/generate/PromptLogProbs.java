package dev.plumbline.lm.generate;

import java.util.ArrayList;
import java.util.List;

/**
 * What the model thinks of a prompt.
 *
 * @param rawLogProbs of each of its tokens after those before it, in nats, under softmax(logits); 0 for the first, which
 *     nothing foretells
 * @param top the likeliest tokens in the place of each, as many as were asked for; none for the first
 */
@SuppressWarnings("ArrayRecordComponent") // a result's numbers: never compared
public record PromptLogProbs(float[] rawLogProbs, List<TopLogProbs> top) {
    public PromptLogProbs {
        top = List.copyOf(top);
    }

    /**
     * Reads what {@code prompt_logprobs.py} computed.
     *
     * @param numbers [tokens − 1, 1 + 2 alternatives]
     */
    static PromptLogProbs read(double[] numbers, int tokens, int alternatives) {
        int width = 1 + 2 * alternatives;
        float[] rawLogProbs = new float[tokens];
        List<TopLogProbs> top = new ArrayList<>(tokens);
        top.add(TopLogProbs.NONE);
        for (int i = 1; i < tokens; i++) {
            int row = (i - 1) * width;
            rawLogProbs[i] = (float) numbers[row];
            top.add(TopLogProbs.read(numbers, row + 1, 1, alternatives, alternatives));
        }
        return new PromptLogProbs(rawLogProbs, top);
    }
}
