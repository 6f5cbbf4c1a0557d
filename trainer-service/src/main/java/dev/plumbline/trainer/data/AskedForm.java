package dev.plumbline.trainer.data;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** A prompt as it is asked, and the same with its response. */
record AskedForm() implements BinaryForm<AskedTokens> {
    @Override
    public void write(AskedTokens example, DataOutputStream out) throws IOException {
        new PromptForm().write(example.prompt(), out);
        new SequenceForm().write(example.sequence(), out);
    }

    @Override
    public AskedTokens read(DataInputStream in) throws IOException {
        return new AskedTokens(new PromptForm().read(in), new SequenceForm().read(in));
    }
}
