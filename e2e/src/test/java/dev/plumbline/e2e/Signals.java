package dev.plumbline.e2e;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends signals to processes, by a shell that has started before: one that has yet to start would be late. */
final class Signals implements AutoCloseable {
    private static final String SENT = "sent";

    private final Process shell;
    private final BufferedWriter asked;
    private final BufferedReader said;

    Signals() {
        try {
            shell = new ProcessBuilder("sh").redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException("no shell to send signals by", e);
        }
        asked = shell.outputWriter();
        said = shell.inputReader();
    }

    /** Stops a process in the middle of whatever it does. */
    void stop(long pid) {
        send("STOP", pid);
    }

    /** Lets a process that was stopped go on. */
    void goOn(long pid) {
        send("CONT", pid);
    }

    private void send(String signal, long pid) {
        try {
            asked.write("kill -" + signal + " " + pid + " && echo " + SENT + "\n");
            asked.flush();
            String answer = said.readLine();
            if (!SENT.equals(answer)) {
                throw new IllegalStateException("SIG" + signal + " was not sent to process " + pid + ": " + answer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the shell has ended before SIG" + signal + " was sent to process " + pid, e);
        }
    }

    @Override
    public void close() {
        shell.destroy();
    }
}
