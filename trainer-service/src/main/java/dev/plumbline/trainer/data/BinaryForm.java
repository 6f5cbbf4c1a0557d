package dev.plumbline.trainer.data;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** How an example stands in a run's own file, to be read back without its tokenizer. */
public sealed interface BinaryForm<E> permits SequenceForm, AskedForm, RankedForm, PromptForm {
    void write(E example, DataOutputStream out) throws IOException;

    E read(DataInputStream in) throws IOException;
}
