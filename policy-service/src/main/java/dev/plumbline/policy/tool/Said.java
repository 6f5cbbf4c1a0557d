package dev.plumbline.policy.tool;

import dev.plumbline.lm.text.ToolCall;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is said in a part of an answer.
 *
 * @param text what is no call
 * @param calls tools that are asked for
 */
public record Said(String text, List<ToolCall> calls) {
    public Said {
        calls = List.copyOf(calls);
    }

    /** Nothing but text. */
    public static Said text(String text) {
        return new Said(text, List.of());
    }

    /** Whether nothing is said. */
    public boolean isEmpty() {
        return text.isEmpty() && calls.isEmpty();
    }

    /** This and what is said next. */
    public Said then(Said next) {
        return new Said(
                text + next.text,
                Stream.concat(calls.stream(), next.calls.stream()).toList());
    }
}
