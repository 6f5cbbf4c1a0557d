package dev.plumbline.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Resident memory of a process, in KiB. Linux only.
 *
 * @param name the service, if it is one
 * @param now what it has
 * @param most what it ever had
 * @param files of what it has now, what is mapped from files, such as the code of libraries
 */
record Resident(String name, long now, long most, long files) {

    /** Empty if the process has ended. */
    static Optional<Resident> of(long pid) throws IOException {
        Path directory = Path.of("/proc", String.valueOf(pid));
        try {
            List<String> status = Files.readAllLines(directory.resolve("status"));
            return Optional.of(new Resident(
                    name(Files.readString(directory.resolve("cmdline"))),
                    kibibytes(status, "VmRSS:"),
                    kibibytes(status, "VmHWM:"),
                    kibibytes(status, "RssFile:")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static String name(String commandLine) {
        return Stream.of("policy-service", "reward-service", "trainer-service")
                .filter(service -> commandLine.contains(service + "/target"))
                .findFirst()
                .orElse("command and broker");
    }

    private static long kibibytes(List<String> status, String field) {
        return status.stream()
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
