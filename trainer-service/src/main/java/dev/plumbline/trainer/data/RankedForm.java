package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The answers of a prompt with their ranks. */
record RankedForm() implements BinaryForm<RankedSequences> {
    private static final SequenceForm ANSWER = new SequenceForm();

    @Override
    public void write(RankedSequences example, DataOutputStream out) throws IOException {
        BinaryFields.writeInts(out, example.ranks());
        for (TokenSequence answer : example.answers()) {
            ANSWER.write(answer, out);
        }
    }

    @Override
    public RankedSequences read(DataInputStream in) throws IOException {
        int[] ranks = BinaryFields.readInts(in);
        List<TokenSequence> answers = new ArrayList<>();
        for (int i = 0; i < ranks.length; i++) {
            answers.add(ANSWER.read(in));
        }
        return new RankedSequences(answers, ranks);
    }
}
