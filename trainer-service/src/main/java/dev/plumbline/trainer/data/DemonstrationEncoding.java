package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import java.util.Optional;

/** A demonstration as prompt and complete answer. */
public record DemonstrationEncoding(TextEncoder encoder) implements ExampleEncoding<Demonstration, TokenSequence> {
    @Override
    public TokenSequence encode(Demonstration raw) {
        return Sequences.example(encoder, raw.prompt(), raw.completion());
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
        return Sequences.withoutFirst(example, tokens);
    }
}
