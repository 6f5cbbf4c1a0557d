package dev.plumbline.trainer.data;

import dev.plumbline.lm.text.ChatMessage;
import java.util.List;
import java.util.Optional;

/**
 * {"prompt", "ground_truth"?}; the prompt is text or turns, which may also stand in "messages".
 *
 * @param needsGroundTruth whether a prompt without the right answer could not be judged
 */
public record QuestionFormat(boolean needsGroundTruth) implements LineFormat<Question> {
    @Override
    public Question parse(JsonLine line) throws MalformedLineException {
        FieldNames fields = line.fields();
        Optional<String> groundTruth = line.groundTruth(needsGroundTruth);
        if (!line.has(fields.prompt()) && line.has(fields.messages())) {
            List<ChatMessage> turns = line.messages(fields.messages());
            if (turns.get(turns.size() - 1).role().equals("assistant")) {
                throw new MalformedLineException("\"" + fields.messages()
                        + "\" ends with a turn of the assistant; a prompt ends before the answer");
            }
            return new Question(line.chat(turns), groundTruth);
        }
        return new Question(line.prompt(fields.prompt()), groundTruth);
    }
}
