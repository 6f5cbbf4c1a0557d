package dev.plumbline.lm.text;

import java.util.List;

/** What a turn of a conversation says: one text, or a list of parts as it came. */
public sealed interface Content {
    /** All of it as one text, nothing between the parts; may be empty. */
    String text();

    /** The text of each part; none if it came as one text. */
    List<String> parts();

    /** One text. */
    record Text(String text) implements Content {
        @Override
        public List<String> parts() {
            return List.of();
        }
    }

    /**
     * A list, which a template reads as {@code [{"type": "text", "text": ...}, ...]} if it goes through content part by part,
     * and as one text otherwise.
     *
     * @param parts the texts, at least one
     */
    record Parts(List<String> parts) implements Content {
        public Parts {
            if (parts.isEmpty()) {
                throw new IllegalArgumentException(
                        "parts must be at least one, got none; leave them out for no content");
            }
            parts = List.copyOf(parts);
        }

        @Override
        public String text() {
            return String.join("", parts);
        }
    }
}
