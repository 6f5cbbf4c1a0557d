package dev.plumbline.lm.text;

import java.util.List;

/**
 * One turn of a conversation. A text that is empty, other than the content, is one that the chat template does not see.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant}, {@code tool} or what else the model was
 *     trained with
 * @param content what is said, as it is; its text may be empty
 * @param reasoningContent what the assistant thought before
 * @param toolCalls the tools that the assistant asks for
 * @param name of the speaker, or of the tool that answers
 * @param toolCallId the call that a tool answers
 */
public record ChatMessage(
        String role,
        Content content,
        String reasoningContent,
        List<ToolCall> toolCalls,
        String name,
        String toolCallId) {
    public ChatMessage {
        if (role.isBlank()) {
            throw new IllegalArgumentException("role must not be blank, got \"" + role + "\"; use user or assistant");
        }
        toolCalls = List.copyOf(toolCalls);
    }

    /** A turn of plain text. */
    public ChatMessage(String role, String content) {
        this(role, content, "", List.of(), "", "");
    }

    /** A turn whose content is one text. */
    public ChatMessage(
            String role,
            String content,
            String reasoningContent,
            List<ToolCall> toolCalls,
            String name,
            String toolCallId) {
        this(role, new Content.Text(content), reasoningContent, toolCalls, name, toolCallId);
    }
}
