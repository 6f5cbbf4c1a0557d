package dev.plumbline.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.FileHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** What libraries log in this process: nothing on the terminal; with a broker inside, into a file. */
final class Logs {
    // Held so that its level is not lost with the logger.
    private static final Logger ROOT = LogManager.getLogManager().getLogger("");

    private Logs() {}

    static void quiet() {
        for (Handler handler : ROOT.getHandlers()) {
            ROOT.removeHandler(handler);
        }
        ROOT.setLevel(Level.OFF);
    }

    static void into(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            // '%' starts a placeholder in a handler's pattern.
            FileHandler handler = new FileHandler(file.toString().replace("%", "%%"), true);
            handler.setFormatter(new SimpleFormatter());
            ROOT.addHandler(handler);
            ROOT.setLevel(Level.WARNING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written; choose another --dir", e);
        }
    }
}
