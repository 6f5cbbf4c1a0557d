package dev.plumbline.reward.rule;

import java.util.regex.Pattern;

/**
 * 1 if the pattern is found in the answer, else 0.
 *
 * @param pattern as java.util.regex has it
 * @param fullMatch the whole answer has to match
 */
public record RegularExpression(Pattern pattern, boolean fullMatch) implements Rule {

    @Override
    public float value(GivenAnswer answer) {
        var matcher = pattern.matcher(answer.text());
        return (fullMatch ? matcher.matches() : matcher.find()) ? 1 : 0;
    }
}
