package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A ranked list; all its answers keep the same prompt, also when that is cut. */
public record RankingEncoding(TextEncoder encoder) implements ExampleEncoding<RankedAnswers, RankedSequences> {
    @Override
    public RankedSequences encode(RankedAnswers raw) {
        List<TokenSequence> answers = new ArrayList<>();
        for (String answer : raw.answers()) {
            answers.add(Sequences.example(encoder, raw.prompt(), answer));
        }
        return new RankedSequences(
                answers, raw.ranks().stream().mapToInt(Integer::intValue).toArray(), raw.handicaps(), raw.source());
    }

    @Override
    public int length(RankedSequences example) {
        return example.longest();
    }

    @Override
    public BinaryForm<RankedSequences> form() {
        return new RankedForm();
    }

    @Override
    public Optional<RankedSequences> withoutFirst(RankedSequences example, int tokens) {
        List<TokenSequence> cut = new ArrayList<>();
        for (TokenSequence answer : example.answers()) {
            Sequences.withoutFirst(answer, tokens).ifPresent(cut::add);
        }
        return cut.size() < example.answers().size() ? Optional.empty() : Optional.of(example.withAnswers(cut));
    }

    @Override
    public Optional<String> teachesNothing(RankedSequences example) {
        return example.hasPairs() ? Optional.empty() : Optional.of("two answers of different rank");
    }
}
