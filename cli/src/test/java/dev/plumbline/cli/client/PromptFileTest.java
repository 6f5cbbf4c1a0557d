package dev.plumbline.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.proto.exchange.v1.ChatMessage;
import dev.plumbline.proto.exchange.v1.ContentPart;
import dev.plumbline.proto.exchange.v1.Conversation;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.ToolCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptFileTest {
    @TempDir
    Path directory;

    @Test
    void a_conversation_keeps_its_tools_their_calls_and_their_answers() throws IOException {
        Conversation conversation = read("""
                {"messages": [{"role": "user", "content": "rain?"},\
                 {"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [\
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\\"days\\": 2.0}"}},\
                {"function": {"name": "clock", "arguments": {"zone": 1}}}]},\
                 {"role": "tool", "content": "dry", "name": "weather", "tool_call_id": "c1"}],\
                 "tools": [{"type": "function", "function": {"name": "weather"}}]}""").getConversation();

        assertThat(conversation.getToolsJsonList())
                .containsExactly("{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}");
        ChatMessage assistant = conversation.getMessages(1);
        assertThat(assistant.getContent()).isEmpty();
        assertThat(assistant.getReasoningContent()).isEqualTo("hm");
        assertThat(assistant.getToolCallsList())
                .containsExactly(call("c1", "weather", "{\"days\": 2.0}"), call("", "clock", "{\"zone\":1}"));
        assertThat(conversation.getMessages(2))
                .isEqualTo(ChatMessage.newBuilder()
                        .setRole("tool")
                        .setContent("dry")
                        .setName("weather")
                        .setToolCallId("c1")
                        .build());
    }

    @Test
    void content_in_parts_stays_in_parts() throws IOException {
        Prompt prompt = read("""
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}""");

        assertThat(prompt.getConversation().getMessages(0).getPartsList())
                .extracting(ContentPart::getText)
                .containsExactly("a", "b");
    }

    @Test
    void what_would_be_lost_is_named_with_its_line() {
        assertThatThrownBy(() -> read("""
                        {"messages": [{"role": "user", "content": "a", "tool_cals": []}]}
                        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}
                        {"messages": [{"role": "user", "content": null}]}
                        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "x"}}]}]}
                        {"messages": [{"role": "user", "content": "a"}], "tools": ["f"]}
                        {"prompt": "a", "tools": []}
                        """))
                .hasMessageContainingAll(
                        "line 1: unknown key \"tool_cals\" of a message",
                        "line 2: a part of \"content\" must be of type \"text\", got one of type \"image_url\"",
                        "line 3: \"content\" must be text, got null",
                        "line 4: \"arguments\" of a call must be an object or the text of one, got \"x\"",
                        "line 5: each of \"tools\" must be an object, got \"f\"",
                        "line 6: \"tools\" go with \"messages\"");
    }

    private Prompt read(String lines) throws IOException {
        Path file = Files.writeString(directory.resolve("prompts.jsonl"), lines);
        List<Prompt> prompts = PromptFile.read(file, Purpose.PURPOSE_UNSPECIFIED);
        return prompts.get(0);
    }

    private static ToolCall call(String id, String name, String arguments) {
        return ToolCall.newBuilder()
                .setId(id)
                .setName(name)
                .setArgumentsJson(arguments)
                .build();
    }
}
