package dev.plumbline.cli.quickstart;

import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Sample;
import java.util.List;

/**
 * A prompt with the answers a model gave.
 *
 * @param answers in the order they were drawn
 */
record Answered(String prompt, List<Answer> answers) {
    Answered {
        answers = List.copyOf(answers);
    }

    /**
     * One answer.
     *
     * @param tokens its length, the end of sequence included
     * @param complete it came to its end and was not cut off
     */
    record Answer(String text, int tokens, boolean complete) {
        static Answer of(Sample sample) {
            return new Answer(
                    sample.getText(),
                    sample.getTokenIdsCount(),
                    sample.getFinishReason() == FinishReason.FINISH_REASON_EOS);
        }
    }
}
