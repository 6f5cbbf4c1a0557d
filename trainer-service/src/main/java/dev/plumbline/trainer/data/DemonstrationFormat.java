package dev.plumbline.trainer.data;

import dev.plumbline.lm.text.ChatMessage;
import java.util.List;

/** {"prompt", "completion"}, both text or turns, or {"messages"}, whose last turn is the answer. */
public record DemonstrationFormat() implements LineFormat<Demonstration> {
    @Override
    public Demonstration parse(JsonLine line) throws MalformedLineException {
        FieldNames fields = line.fields();
        if (line.has(fields.prompt()) || line.has(fields.completion())) {
            return new Demonstration(
                    line.prompt(fields.prompt()),
                    answered(line.answer(fields.completion(), line.node(fields.completion())), fields.completion()));
        }
        if (line.has(fields.messages())) {
            List<ChatMessage> turns = line.messages(fields.messages());
            ChatMessage last = turns.get(turns.size() - 1);
            if (!last.role().equals("assistant")) {
                throw new MalformedLineException(
                        "\"" + fields.messages() + "\" must end with a turn of the assistant, got " + last.role());
            }
            return new Demonstration(
                    line.chat(turns.subList(0, turns.size() - 1)),
                    answered(JsonLine.said(fields.messages(), last), fields.messages()));
        }
        throw line.lacks(
                "\"" + fields.prompt() + "\" and \"" + fields.completion() + "\", nor \"" + fields.messages() + "\"");
    }

    private static String answered(String answer, String field) throws MalformedLineException {
        if (answer.isEmpty()) {
            throw new MalformedLineException("\"" + field + "\" holds an empty answer");
        }
        return answer;
    }
}
