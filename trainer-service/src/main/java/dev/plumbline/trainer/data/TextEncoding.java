package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import java.util.Arrays;
import java.util.Optional;

/** A text of which every token but the first is learnt. */
public record TextEncoding(TextEncoder encoder) implements ExampleEncoding<String, TokenSequence> {
    @Override
    public TokenSequence encode(String raw) {
        return new TokenSequence(encoder.plain(raw), 1);
    }

    @Override
    public int length(TokenSequence example) {
        return example.ids().length;
    }

    @Override
    public BinaryForm<TokenSequence> form() {
        return new SequenceForm();
    }

    @Override
    public Optional<TokenSequence> withoutFirst(TokenSequence example, int tokens) {
        int left = example.ids().length - tokens;
        return left < 2
                ? Optional.empty()
                : Optional.of(new TokenSequence(Arrays.copyOfRange(example.ids(), tokens, example.ids().length), 1));
    }

    @Override
    public Optional<String> teachesNothing(TokenSequence example) {
        return example.responseLength() > 0 ? Optional.empty() : Optional.of("a second token");
    }
}
