package dev.plumbline.lm.text;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code strftime} in the C locale, for the directives that a date in a prompt is written with. */
final class Strftime {
    private static final Pattern DIRECTIVE = Pattern.compile("%(.?)", Pattern.DOTALL);
    private static final Map<String, String> PATTERNS = Map.ofEntries(
            Map.entry("Y", "uuuu"),
            Map.entry("y", "uu"),
            Map.entry("m", "MM"),
            Map.entry("d", "dd"),
            Map.entry("b", "MMM"),
            Map.entry("B", "MMMM"),
            Map.entry("a", "EEE"),
            Map.entry("A", "EEEE"),
            Map.entry("j", "DDD"),
            Map.entry("H", "HH"),
            Map.entry("I", "hh"),
            Map.entry("p", "a"),
            Map.entry("M", "mm"),
            Map.entry("S", "ss"),
            Map.entry("F", "uuuu-MM-dd"),
            Map.entry("T", "HH:mm:ss"),
            Map.entry("%", "'%'"));

    private Strftime() {}

    /**
     * @throws IllegalArgumentException if the format has another directive
     */
    static String format(ZonedDateTime time, String format) {
        return DIRECTIVE.matcher(format).replaceAll(match -> {
            String pattern = PATTERNS.get(match.group(1));
            if (pattern == null) {
                throw new IllegalArgumentException("strftime_now has no directive " + match.group() + "; use "
                        + PATTERNS.keySet().stream().sorted().toList());
            }
            return Matcher.quoteReplacement(
                    DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
        });
    }
}
