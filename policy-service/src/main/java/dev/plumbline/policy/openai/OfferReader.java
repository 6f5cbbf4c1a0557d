package dev.plumbline.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.policy.tool.ToolOffer;
import dev.plumbline.proto.exchange.v1.Conversation;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The tools of a conversation. Those that must not be called are not shown to the model. */
final class OfferReader {
    private static final String TOOLS = "tools";

    private final Fields fields;

    OfferReader(Fields fields) {
        this.fields = fields;
    }

    /** Puts the tools into the conversation and says what may be called; empty: nothing. */
    Optional<ToolOffer> read(Conversation.Builder conversation) {
        boolean open = choice();
        boolean parallel = fields.flag("parallel_tool_calls").orElse(true);
        List<ObjectNode> tools = fields.value(TOOLS)
                .map(value -> fields.list(TOOLS, value, "an object", Fields::objectIn))
                .orElse(List.of());
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tools.size(); i++) {
            names.add(name(fields.in(TOOLS + "[" + i + "]", tools.get(i))));
        }
        if (!open || tools.isEmpty()) {
            return Optional.empty();
        }
        tools.forEach(tool -> conversation.addToolsJson(tool.toString()));
        return Optional.of(new ToolOffer(names, parallel));
    }

    /** Whether tools may be called. */
    private boolean choice() {
        Optional<JsonNode> choice = fields.value("tool_choice");
        String name = choice.flatMap(Fields::textIn).orElse("auto");
        boolean known = name.equals("auto") || name.equals("none");
        if (!known || choice.filter(value -> !value.isTextual()).isPresent()) {
            fields.problem(
                    "tool_choice",
                    "tool_choice must be \"auto\" or \"none\", since what a model writes cannot be forced here, got "
                            + choice.map(JsonNode::toString).orElse(""));
        }
        return !name.equals("none");
    }

    private static String name(Fields tool) {
        if (!tool.text("type").orElse("").equals("function")) {
            tool.problem("type", "type of a tool must be \"function\"");
        }
        Optional<Fields> function = tool.value("function")
                .flatMap(value -> tool.typed("function", value, "an object", Fields.objectIn(value)))
                .map(object -> tool.in("function", object));
        Optional<String> name = function.flatMap(inner -> inner.text("name"));
        if (name.filter(text -> !text.isBlank()).isEmpty()) {
            tool.problem("function", "function of a tool must be an object with a name");
        }
        function.filter(inner -> inner.flag("strict").orElse(false))
                .ifPresent(inner -> inner.problem(
                        "strict",
                        "strict cannot be kept, since what a model writes cannot be forced here: leave it out"));
        return name.orElse("");
    }
}
