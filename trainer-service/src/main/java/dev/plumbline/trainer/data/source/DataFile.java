package dev.plumbline.trainer.data.source;

import java.io.IOException;
import java.io.InputStream;

/** A file of lines, wherever it lies. */
public interface DataFile {
    /** Its path or address, for people. */
    String name();

    /** Its bytes as they are, compressed or not. */
    InputStream open() throws IOException;

    /** Changes if its bytes do: "sha256:" with the digest of a file, "etag:" with the tag of an object. */
    String digest() throws IOException;
}
