package dev.plumbline.exchange;

import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * A model, the same everywhere: {@code name@version}. Ordered by name, then version.
 *
 * @param name letters, digits, '-', '_', '.', not starting with a dot
 * @param version from 1; grows by one per name
 */
public record ModelVersion(String name, long version) implements Comparable<ModelVersion> {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");
    private static final Comparator<ModelVersion> ORDER =
            Comparator.comparing(ModelVersion::name).thenComparingLong(ModelVersion::version);

    public ModelVersion {
        requireName(name);
        if (version < 1) {
            throw new IllegalArgumentException("a model version must be >= 1, got " + name + '@' + version);
        }
    }

    /** Reads {@code name@version}. */
    public static ModelVersion parse(String text) {
        int at = text.indexOf('@');
        try {
            if (at > 0) {
                return new ModelVersion(text.substring(0, at), Long.parseLong(text.substring(at + 1)));
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    "a model is written name@version with a whole number, got \"" + text + '"', notANumber);
        }
        throw new IllegalArgumentException("a model is written name@version, as in policy@3, got \"" + text + '"');
    }

    /** Returns the name, or refuses it. */
    public static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a model's name is made of letters, digits, '-', '_' and '.', does not"
                    + " start with a dot and has at most 100 characters, got \"" + name + '"');
        }
        return name;
    }

    @Override
    public int compareTo(ModelVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return name + '@' + version;
    }
}
