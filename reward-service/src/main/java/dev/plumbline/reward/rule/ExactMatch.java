package dev.plumbline.reward.rule;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * 1 if the answer equals the ground truth, else 0.
 *
 * @param normalize compares after trimming, folding case and making every run of white space one blank
 */
public record ExactMatch(boolean normalize) implements Rule {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");

    @Override
    public float value(GivenAnswer answer) {
        String truth = Rule.required(answer.groundTruth(), "exact_match");
        return fold(answer.text()).equals(fold(truth)) ? 1 : 0;
    }

    private String fold(String text) {
        return normalize ? WHITE_SPACE.matcher(text.strip()).replaceAll(" ").toLowerCase(Locale.ROOT) : text;
    }
}
