package dev.plumbline.trainer.data;

import dev.plumbline.lm.text.TextEncoder;
import java.util.Arrays;
import java.util.Optional;

/** A prompt without answer. */
public record QuestionEncoding(TextEncoder encoder) implements ExampleEncoding<Question, PromptTokens> {
    @Override
    public PromptTokens encode(Question raw) {
        return new PromptTokens(raw, raw.prompt().encode(encoder), false);
    }

    @Override
    public int length(PromptTokens example) {
        return example.ids().length;
    }

    @Override
    public BinaryForm<PromptTokens> form() {
        return new PromptForm();
    }

    @Override
    public Optional<PromptTokens> withoutFirst(PromptTokens example, int tokens) {
        int[] ids = Arrays.copyOfRange(example.ids(), tokens, example.ids().length);
        return ids.length == 0 ? Optional.empty() : Optional.of(new PromptTokens(example.question(), ids, true));
    }

    @Override
    public Optional<String> teachesNothing(PromptTokens example) {
        return example.ids().length > 0 ? Optional.empty() : Optional.of("a token");
    }
}
