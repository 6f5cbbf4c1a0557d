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
            String begin = "<" + section + ">";
            String end = "</" + section + ">";
            int begun = text.indexOf(begin, at);
            int ended = text.indexOf(end, at);
            if (begun < 0 || ended < begun || !text.substring(at, begun).isBlank()) {
                return 0;
            }
            at = ended + end.length();
        }
        return text.substring(at).isBlank() && sections.stream().allMatch(section -> occursOnce(section, text)) ? 1 : 0;
    }

    private static boolean occursOnce(String section, String text) {
        String begin = "<" + section + ">";
        String end = "</" + section + ">";
        return text.indexOf(begin) == text.lastIndexOf(begin) && text.indexOf(end) == text.lastIndexOf(end);
    }
}
