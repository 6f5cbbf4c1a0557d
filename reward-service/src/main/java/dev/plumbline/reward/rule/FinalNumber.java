package dev.plumbline.reward.rule;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The number that a text ends with, as a fraction, so that a third is a third.
 *
 * @param denominator not 0
 */
record FinalNumber(BigDecimal numerator, BigDecimal denominator) {
    /** Digits with optional thousands separators and fraction: 7, 1,234.50, .5. */
    private static final String DECIMAL = "(?:(?:\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+)(?:\\.\\d+)?|\\.\\d+)";

    /** Of LaTeX's fractions: in braces, or a digit without any. */
    private static final String PART = "\\{\\s*[-+]?" + DECIMAL + "\\s*\\}|\\d";

    /** {@code -7}, {@code 1/2}, {@code \frac{1}{2}}, {@code \dfrac12}, and {@code 1\frac{1}{2}} for one and a half. */
    private static final Pattern NUMBER = Pattern.compile("(?<sign>[-+]?)(?:"
            + "(?<whole>\\d*)\\\\[dt]?frac\\s*(?<above>" + PART + ")\\s*(?<below>" + PART + ")"
            + "|(?<decimal>" + DECIMAL + ")(?:/(?<divisor>" + DECIMAL + "))?)");

    /** What may stand around a number in a box: a currency or percent sign, the dollars of a formula. */
    private static final Pattern BOXED = Pattern.compile("\\s*\\\\?\\$?\\s*" + NUMBER + "\\s*(?:\\\\?%)?\\s*\\$?\\s*");

    private static final Pattern MARK = Pattern.compile("####\\s*\\\\?\\$?\\s*|(?<box>\\\\boxed\\s*\\{)");

    /**
     * The number behind the last mark of the final answer, {@code ####} (GSM8K) before a number or {@code \boxed{}} (MATH), or
     * without a mark the last number there is. In a box anything but one number is none: parts of a formula are not its value.
     */
    static Optional<FinalNumber> of(String text) {
        Matcher mark = MARK.matcher(text);
        Matcher number = NUMBER.matcher(text);
        Optional<FinalNumber> marked = Optional.empty();
        int box = -1;
        while (mark.find()) {
            if (mark.group("box") != null) {
                box = mark.end();
            } else if (number.region(mark.end(), text.length()).lookingAt()) {
                marked = read(number);
                box = -1;
            }
        }
        return box < 0 ? marked.or(() -> last(text)) : inBox(text, box);
    }

    private static Optional<FinalNumber> last(String text) {
        Optional<FinalNumber> last = Optional.empty();
        Matcher number = NUMBER.matcher(text);
        while (number.find()) {
            last = read(number);
        }
        return last;
    }

    /** @param begin behind the opening brace; a box that is never closed was cut off, and so may be the number */
    private static Optional<FinalNumber> inBox(String text, int begin) {
        int open = 1;
        for (int i = begin; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++; // an escaped brace is a character
                case '{' -> open++;
                case '}' -> open--;
                default -> {}
            }
            if (open == 0) {
                Matcher content = BOXED.matcher(text).region(begin, i);
                return content.matches() ? read(content) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** Empty if it divides by 0. */
    private static Optional<FinalNumber> read(Matcher number) {
        boolean slashed = number.group("decimal") != null;
        String divisor = slashed ? number.group("divisor") : number.group("below");
        BigDecimal denominator = divisor == null ? BigDecimal.ONE : decimal(divisor);
        BigDecimal numerator = decimal(number.group(slashed ? "decimal" : "above"));
        if (!slashed && !number.group("whole").isEmpty()) {
            numerator = numerator.add(decimal(number.group("whole")).multiply(denominator));
        }
        return Optional.of(
                        new FinalNumber(number.group("sign").equals("-") ? numerator.negate() : numerator, denominator))
                .filter(each -> each.denominator.signum() != 0);
    }

    private static BigDecimal decimal(String digits) {
        return new BigDecimal(digits.replaceAll("[{},\\s]", ""));
    }

    /** Whether they differ by no more than so much; exact, however many digits that takes. */
    boolean isWithin(BigDecimal tolerance, FinalNumber other) {
        BigDecimal difference = numerator.multiply(other.denominator).subtract(other.numerator.multiply(denominator));
        return difference
                        .abs()
                        .compareTo(tolerance.multiply(
                                denominator.multiply(other.denominator).abs()))
                <= 0;
    }
}
