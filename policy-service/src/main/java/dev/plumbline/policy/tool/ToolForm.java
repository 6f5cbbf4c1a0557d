package dev.plumbline.policy.tool;

import java.util.Optional;

/** How a model writes that it calls tools. */
public enum ToolForm {
    /** {@code <tool_call>{"name": …, "arguments": {…}}</tool_call>}, one for each call, as Hermes and Qwen do. */
    HERMES("<tool_call>", '{', "</tool_call>"),
    /**
     * {@code {"name": …, "parameters": {…}}} as the beginning of the answer, or anywhere after {@code <|python_tag|>}, and
     * more of them after a {@code ;}, as Llama 3 does.
     */
    LLAMA("<|python_tag|>", '{', ""),
    /** {@code [TOOL_CALLS] [{"name": …, "arguments": {…}}, …]}, as Mistral does. */
    MISTRAL("[TOOL_CALLS]", '[', "");

    private final String mark;
    private final char bracket;
    private final String close;

    ToolForm(String mark, char bracket, String close) {
        this.mark = mark;
        this.bracket = bracket;
        this.close = close;
    }

    /**
     * The form that a chat template teaches its model: the one whose mark it writes, beside a key that no relative of the
     * form has, such as the calls in XML that newer models put between the same marks.
     */
    public static Optional<ToolForm> shownBy(String template) {
        if (template.contains(HERMES.mark) && template.contains("\"arguments")) {
            return Optional.of(HERMES);
        }
        if (template.contains(MISTRAL.mark) && !template.contains("[ARGS]")) {
            return Optional.of(MISTRAL);
        }
        boolean bare = template.contains("{\"name\": ") && template.contains("\"parameters\": ");
        return template.contains(LLAMA.mark) || bare ? Optional.of(LLAMA) : Optional.empty();
    }

    /** Begins calls. */
    String mark() {
        return mark;
    }

    /** The first character of the JSON after the mark. */
    char bracket() {
        return bracket;
    }

    /** Ends calls; empty if the end of the JSON does. */
    String close() {
        return close;
    }

    /** Whether a call may go without its mark where nothing else was said. */
    boolean mayBeBare() {
        return this == LLAMA;
    }
}
