package dev.plumbline.exchange;

import java.util.List;

/** The topics are not as the house needs them; names every problem. */
public final class TopicProblemsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    TopicProblemsException(List<String> problems) {
        super("the topics cannot be used:\n  - " + String.join("\n  - ", problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence each: the fact and the fix. */
    public List<String> problems() {
        return problems;
    }
}
