package dev.plumbline.reward.rule;

import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * 1 if the answer consists of the named sections and nothing else, else 0. A section is {@code <name>...</name>}; each occurs
 * once, in this order, with at most white space between.
 *
 * @param sections names, each different
 */
public record Format(List<String> sections) implements Rule {

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    public Format {
        sections = List.copyOf(sections);
        if (sections.isEmpty() || new HashSet<>(sections).size() < sections.size()) {
            throw new IllegalArgumentException("sections must be at least one, all different, got " + sections);
        }
        for (String section : sections) {
            if (!NAME.matcher(section).matches()) {
                throw new IllegalArgumentException(
                        "sections must be letters, digits, _ or - after a letter, got \"" + section + "\"");
            }
        }
    }

    @Override
    public float value(GivenAnswer answer) {
        String text = answer.text();
        int at = 0;
        for (String section : sections) {
            int begun = onlyPlace(text, "<" + section + ">");
            int ended = onlyPlace(text, "</" + section + ">");
            if (begun < at || ended < begun || !text.substring(at, begun).isBlank()) {
                return 0;
            }
            at = text.indexOf('>', ended) + 1;
        }
        return text.substring(at).isBlank() ? 1 : 0;
    }

    /** Where a tag stands; -1 if it is missing or occurs more than once. */
    private static int onlyPlace(String text, String tag) {
        int first = text.indexOf(tag);
        return first == text.lastIndexOf(tag) ? first : -1;
    }
}
