package dev.plumbline.lm.text;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant} or what else the model was trained with
 * @param content what is said, as it is; may be empty
 */
public record ChatMessage(String role, String content) {
    public ChatMessage {
        if (role.isBlank()) {
            throw new IllegalArgumentException("role must not be blank, got \"" + role + "\"; use user or assistant");
        }
    }
}
