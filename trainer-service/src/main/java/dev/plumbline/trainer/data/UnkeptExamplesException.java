package dev.plumbline.trainer.data;

import java.io.IOException;
import java.nio.file.Path;

/** The disk does not take the examples of a run now: it is full, or away. The same can be tried again. */
public final class UnkeptExamplesException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Path place;
    private final long bytes;

    /** @param bytes that were written before */
    UnkeptExamplesException(Path place, long bytes, IOException cause) {
        super("examples cannot be kept in " + place + ": " + cause.getMessage(), cause);
        this.place = place;
        this.bytes = bytes;
    }

    /** Where they are kept. */
    public Path place() {
        return place;
    }

    /** How many bytes they have, at least. */
    public long bytes() {
        return bytes;
    }
}
