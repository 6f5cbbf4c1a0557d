package dev.plumbline.reward.rule;

import java.math.BigDecimal;

/**
 * 1 if the {@linkplain FinalNumber#of number that the answer ends with} equals that of the ground truth, else 0; an answer
 * without a number is wrong.
 *
 * @param tolerance the largest absolute difference still taken as equal; 0 compares exactly
 */
public record NumericAnswer(BigDecimal tolerance) implements Rule {

    public NumericAnswer {
        if (tolerance.signum() < 0) {
            throw new IllegalArgumentException("tolerance must be >= 0, got " + tolerance);
        }
    }

    @Override
    public float value(GivenAnswer answer) {
        String truth = Rule.required(answer.groundTruth(), "numeric_answer");
        FinalNumber expected = FinalNumber.of(truth)
                .orElseThrow(() -> new IllegalArgumentException(
                        "prompt.ground_truth must hold a number for numeric_answer, got \"" + truth + "\""));
        return FinalNumber.of(answer.text())
                .filter(given -> given.isWithin(tolerance, expected))
                .map(given -> 1f)
                .orElse(0f);
    }
}
