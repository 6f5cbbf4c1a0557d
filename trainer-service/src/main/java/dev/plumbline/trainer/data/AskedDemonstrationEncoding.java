package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import java.util.Optional;

/** As {@link DemonstrationEncoding}, with the prompt as it is asked. */
public record AskedDemonstrationEncoding(TextEncoder encoder)
        implements ExampleEncoding<AskedDemonstration, AskedTokens> {
    @Override
    public AskedTokens encode(AskedDemonstration raw) {
        Question question = raw.question();
        return AskedTokens.of(question, Sequences.example(encoder, question.prompt(), raw.completion()), false);
    }

    @Override
    public int length(AskedTokens example) {
        return example.sequence().ids().length;
    }

    @Override
    public BinaryForm<AskedTokens> form() {
        return new AskedForm();
    }

    @Override
    public Optional<AskedTokens> withoutFirst(AskedTokens example, int tokens) {
        Optional<TokenSequence> rest = Sequences.withoutFirst(example.sequence(), tokens);
        return rest.map(sequence -> AskedTokens.of(example.prompt().question(), sequence, true));
    }
}
