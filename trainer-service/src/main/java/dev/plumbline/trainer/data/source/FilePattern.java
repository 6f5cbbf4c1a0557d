package dev.plumbline.trainer.data.source;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A path with wildcards as a shell has them ({@code *}, {@code ?}, <code>{a,b}</code>, {@code [0-9]}, and {@code **}
 * across directories), taken apart.
 *
 * @param base what stands before the first part with a wildcard: a directory with its separator, or nothing
 * @param rest from that part on
 */
record FilePattern(String base, String rest) {
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[{]");

    static boolean isOne(String path) {
        return WILDCARD.matcher(path).find();
    }

    /** Throws IllegalArgumentException if it cannot be understood. */
    static FilePattern of(String path) {
        Matcher wildcard = WILDCARD.matcher(path);
        int end = wildcard.find() ? path.lastIndexOf('/', wildcard.start()) + 1 : path.length();
        FilePattern pattern = new FilePattern(path.substring(0, end), path.substring(end));
        pattern.matcher();
        return pattern;
    }

    /** Matches paths relative to the base. */
    PathMatcher matcher() {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + rest);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("\"" + rest + "\" is no pattern: " + e.getDescription(), e);
        }
    }

    /** How many levels below the base a match can lie. */
    int depth() {
        return rest.contains("**")
                ? Integer.MAX_VALUE
                : Path.of("x/" + rest.replaceAll("[^/]", "x")).getNameCount() - 1;
    }
}
