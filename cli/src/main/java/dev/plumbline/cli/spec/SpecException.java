package dev.plumbline.cli.spec;

import java.nio.file.Path;
import java.util.List;

/** A spec cannot be used; the message lists all that is wrong with it. */
public final class SpecException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SpecException(Path file, List<String> problems) {
        super(file + ":\n  " + String.join("\n  ", problems));
    }

    SpecException(String message, Throwable cause) {
        super(message, cause);
    }
}
