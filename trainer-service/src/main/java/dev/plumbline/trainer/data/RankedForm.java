package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The answers of a prompt with their ranks, margins and source. */
record RankedForm() implements BinaryForm<RankedSequences> {
    private static final SequenceForm ANSWER = new SequenceForm();

    @Override
    public void write(RankedSequences example, DataOutputStream out) throws IOException {
        BinaryFields.writeInts(out, example.ranks());
        for (TokenSequence answer : example.answers()) {
            ANSWER.write(answer, out);
        }
        for (float handicap : example.handicaps()) {
            out.writeFloat(handicap);
        }
        BinaryFields.writeTexts(out, example.source().stream().toList());
    }

    @Override
    public RankedSequences read(DataInputStream in) throws IOException {
        int[] ranks = BinaryFields.readInts(in);
        List<TokenSequence> answers = new ArrayList<>();
        for (int i = 0; i < ranks.length; i++) {
            answers.add(ANSWER.read(in));
        }
        float[] handicaps = new float[ranks.length];
        for (int i = 0; i < handicaps.length; i++) {
            handicaps[i] = in.readFloat();
        }
        return new RankedSequences(
                answers, ranks, handicaps, BinaryFields.readTexts(in).stream().findFirst());
    }
}
