package dev.plumbline.trainer.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Something cannot be written to the disk now: it is full, or away. Nothing that was there is lost, and the same can be
 * tried again.
 */
public final class UnwritableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param what for people, as in "the checkpoint of step 7"
     * @param place where it was to be written
     * @param bytes how many it needs, at least
     */
    public UnwritableException(String what, Path place, long bytes, Exception cause) {
        super(
                what + " cannot be written to " + place + ": it needs at least " + bytes + " bytes, " + free(place)
                        + " are free (" + reason(cause) + ")",
                cause);
    }

    private static String reason(Throwable cause) {
        Throwable inner = cause.getCause();
        return inner == null ? String.valueOf(cause.getMessage()) : cause.getMessage() + ": " + reason(inner);
    }

    private static String free(Path place) {
        for (Path path = place.toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.exists(path)) {
                try {
                    return String.valueOf(Files.getFileStore(path).getUsableSpace());
                } catch (IOException e) {
                    break;
                }
            }
        }
        return "unknown";
    }
}
