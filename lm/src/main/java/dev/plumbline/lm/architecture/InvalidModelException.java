package dev.plumbline.lm.architecture;

import java.util.List;

/** A checkpoint that cannot be used: everything that is wrong with it, and what to do about each point. */
public final class InvalidModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // List.copyOf makes a serializable list
    private final List<String> problems;

    /** @param where the file or directory */
    public InvalidModelException(String where, List<String> problems) {
        super(where + ": " + String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence per problem. */
    public List<String> problems() {
        return problems;
    }
}
