package dev.plumbline.trainer.data;

import dev.plumbline.lm.TokenSequence;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** A prompt and its response as token ids. */
record SequenceForm() implements BinaryForm<TokenSequence> {
    @Override
    public void write(TokenSequence example, DataOutputStream out) throws IOException {
        out.writeInt(example.promptLength());
        BinaryFields.writeInts(out, example.ids());
    }

    @Override
    public TokenSequence read(DataInputStream in) throws IOException {
        int promptLength = in.readInt();
        return new TokenSequence(BinaryFields.readInts(in), promptLength);
    }
}
