package dev.plumbline.serving.server;

import java.io.IOException;
import java.io.InputStream;
import org.jboss.logging.Logger;

/** Ends the process with the one that started it: the parent holds the other end of standard input, whatever kills it. */
final class ParentWatch {
    private static final Logger LOG = Logger.getLogger(ParentWatch.class);

    private ParentWatch() {}

    /** Reads in a thread of its own until the input ends, then calls {@code exit}. */
    static void start(InputStream input, Runnable exit) {
        Thread thread = new Thread(
                () -> {
                    awaitEnd(input);
                    LOG.info("standard input has ended: the parent process is gone, stopping");
                    exit.run();
                },
                "plumbline-parent-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static void awaitEnd(InputStream input) {
        byte[] ignored = new byte[256];
        try {
            while (input.read(ignored) >= 0) {
                // What the parent writes means nothing; only the end does.
            }
        } catch (IOException e) {
            LOG.debugf(e, "standard input broke, which counts as its end");
        }
    }
}
