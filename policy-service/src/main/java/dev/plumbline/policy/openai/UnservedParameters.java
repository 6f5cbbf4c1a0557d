package dev.plumbline.policy.openai;

import java.util.List;
import java.util.Map;

/**
 * Parameters that would change the answer and that this service does not know. They are refused unless their value is what
 * happens anyway; all other unknown parameters are ignored, as servers of this API do.
 */
final class UnservedParameters {
    /** With the JSON of the one value that changes nothing. */
    private static final Map<String, String> HARMLESS = Map.ofEntries(
            Map.entry("functions", "[]"),
            Map.entry("function_call", "\"none\""),
            Map.entry("response_format", "{\"type\":\"text\"}"),
            Map.entry("modalities", "[\"text\"]"),
            Map.entry("suffix", "\"\""),
            Map.entry("use_beam_search", "false"),
            Map.entry("chat_template_kwargs", "{}"),
            Map.entry("documents", "[]"),
            Map.entry("add_generation_prompt", "true"),
            Map.entry("continue_final_message", "false"),
            Map.entry("include_stop_str_in_output", "false"),
            Map.entry("skip_special_tokens", "true"));

    private static final List<String> HARMFUL = List.of(
            "structured_outputs",
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar",
            "audio",
            "prompt_embeds",
            "chat_template",
            "truncate_prompt_tokens");

    private UnservedParameters() {}

    static void refuse(Fields fields) {
        HARMLESS.forEach((name, harmless) -> fields.value(name)
                .filter(value -> !value.toString().equals(harmless))
                .ifPresent(value -> refuse(fields, name)));
        HARMFUL.forEach(name -> fields.value(name).ifPresent(value -> refuse(fields, name)));
    }

    private static void refuse(Fields fields, String name) {
        fields.problem(name, name + " is not supported here: leave it out");
    }
}
