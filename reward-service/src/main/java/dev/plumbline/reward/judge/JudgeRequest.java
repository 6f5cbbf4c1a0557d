package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import java.util.List;
import java.util.Optional;

/**
 * Answers to be judged together.
 *
 * @param answers at least one
 * @param reward what to measure
 * @param reference whose log-probabilities to add, if any
 * @param temperature divides the reference's logits; > 0
 * @param truncate cuts an answer that is longer than a judge's context from the left instead of refusing it
 */
public record JudgeRequest(
        List<Answer> answers, Reward reward, Optional<ModelVersion> reference, float temperature, boolean truncate) {

    public JudgeRequest {
        answers = List.copyOf(answers);
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("answers must have at least one element, got none");
        }
        if (!(temperature > 0) || Float.isInfinite(temperature)) {
            throw new IllegalArgumentException("temperature must be > 0 and finite, got " + temperature);
        }
    }
}
