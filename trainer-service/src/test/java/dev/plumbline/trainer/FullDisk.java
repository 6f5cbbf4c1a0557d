package dev.plumbline.trainer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A trainer to whose files the operating system sets a limit. */
final class FullDisk {
    private FullDisk() {}

    /**
     * Has a process go on with the bench's run until it waits for the disk or ends; returns what it waits for.
     *
     * @param kilobytes the most that a file may have
     */
    static String reasonToWait(Path directory, Bench bench, String id, int kilobytes) throws IOException {
        Process process = TrainerProcess.of(
                        directory,
                        bench,
                        id,
                        List.of("bash", "-c", "ulimit -f " + kilobytes + "; exec \"$@\"", "trainer"))
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return output.lines()
                .filter(line -> line.startsWith(TrainerProcess.WAITS))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output))
                .substring(TrainerProcess.WAITS.length());
    }
}
