package dev.plumbline.policy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A copy of a tiny checkpoint that has whole pieces of tool calls for tokens, so that a bias can make it call tools. */
final class ToolCheckpoint {
    /** Begins a call of {@code weather}. */
    static final int BEGINNING = 416;
    /** Ends it. */
    static final int END = 417;
    /** A special token that no prompt has. */
    static final int STOP = 1;

    private static final String TEMPLATE = """
            {%- if tools %}{% for tool in tools %}{{ tool.function.name }}{% endfor %}{% endif %}
            {%- for m in messages %}<|im_start|>{{ m.role }}:{{ m.content }}
            {%- for call in m.tool_calls %}<tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>{% endfor %}
            {%- if m.tool_call_id %}({{ m.tool_call_id }}){% endif %}{% endfor %}""";

    private ToolCheckpoint() {}

    static Path in(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(Checkpoints.qwen2())) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
        ObjectMapper json = new ObjectMapper();
        Path file = directory.resolve("tokenizer.json");
        ObjectNode tokenizer = (ObjectNode) json.readTree(file.toFile());
        add(tokenizer, BEGINNING, "<tool_call>{\"name\": \"weather\", \"argu");
        add(tokenizer, END, "ments\": {\"city\": \"Paris\"}}</tool_call>");
        json.writeValue(file.toFile(), tokenizer);
        Files.writeString(directory.resolve("chat_template.jinja"), TEMPLATE);
        return directory;
    }

    private static void add(ObjectNode tokenizer, int id, String content) {
        tokenizer
                .withArray("added_tokens")
                .addObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", false);
    }
}
