package dev.plumbline.reward.rule;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * 1 if the number that the answer ends with equals that of the ground truth, else 0. A number marked as the final one,
 * behind {@code ####} (GSM8K) or in {@code \boxed{}} (MATH), goes before the last number of the text; of several marks
 * the last counts.
 *
 * @param tolerance the largest absolute difference still taken as equal; 0 compares as decimal numbers, exactly
 */
public record NumericAnswer(BigDecimal tolerance) implements Rule {

    /** Digits with optional thousands separators and fraction: 7, -1,234.50, .5; a currency or percent sign may stand around. */
    private static final String NUMBER = "([-+]?(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|[-+]?\\.\\d+)";

    private static final Pattern MARKED = Pattern.compile(
            "(?:####\\s*\\$?\\s*" + NUMBER + ")|(?:\\\\boxed\\{\\s*\\\\?\\$?\\s*" + NUMBER + "\\s*\\\\?%?\\s*\\})");
    private static final Pattern PLAIN = Pattern.compile(NUMBER);

    public NumericAnswer {
        if (tolerance.signum() < 0) {
            throw new IllegalArgumentException("tolerance must be >= 0, got " + tolerance);
        }
    }

    @Override
    public float value(GivenAnswer answer) {
        String truth = Rule.required(answer.groundTruth(), "numeric_answer");
        BigDecimal expected = number(truth)
                .orElseThrow(() -> new IllegalArgumentException(
                        "prompt.ground_truth must hold a number for numeric_answer, got \"" + truth + "\""));
        return number(answer.text())
                .map(given -> given.subtract(expected).abs().compareTo(tolerance) <= 0 ? 1f : 0f)
                .orElse(0f);
    }

    /** The number a text ends with. */
    static Optional<BigDecimal> number(String text) {
        return last(MARKED, text).or(() -> last(PLAIN, text));
    }

    private static Optional<BigDecimal> last(Pattern pattern, String text) {
        Optional<BigDecimal> found = Optional.empty();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            for (int group = 1; group <= matcher.groupCount(); group++) {
                String digits = matcher.group(group);
                if (digits != null) {
                    found = Optional.of(new BigDecimal(digits.replace(",", "")));
                }
            }
        }
        return found;
    }
}
