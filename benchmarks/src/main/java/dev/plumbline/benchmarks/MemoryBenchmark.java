package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.Installation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The memory that a quickstart takes: runs one, adds up twice a second what its processes have resident (the command's own,
 * which holds the broker, and the three services'), and prints the largest sum and what each had then. Pages that
 * processes share, such as libtorch's code, count in each, so the sum is an upper bound. Linux only. Arguments: those of
 * {@code plumbline quickstart}.
 */
public final class MemoryBenchmark {
    private static final int BETWEEN_LOOKS_MILLIS = 500;

    private MemoryBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Scratch scratch = Scratch.create()) {
            Path out = scratch.directory().resolve("quickstart");
            List<String> command = new ArrayList<>(
                    List.of(Installation.current().root().resolve("plumbline").toString(), "quickstart"));
            command.addAll(List.of("--out", out.toString()));
            command.addAll(List.of(arguments));
            measure(command);
        }
    }

    private static void measure(List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        // A build would count as well.
        builder.environment().put("PLUMBLINE_BUILD", "never");
        Process quickstart = builder.start();
        List<Resident> largest = List.of();
        Map<String, Long> most = new TreeMap<>();
        while (!quickstart.waitFor(BETWEEN_LOOKS_MILLIS, TimeUnit.MILLISECONDS)) {
            List<Resident> now = look(quickstart.toHandle());
            now.forEach(process -> most.merge(process.name(), process.most(), Math::max));
            if (sum(now) > sum(largest)) {
                largest = now;
            }
        }
        if (quickstart.exitValue() != 0) {
            throw new IllegalStateException("the quickstart ended with exit code " + quickstart.exitValue());
        }
        System.out.println("| process | MiB at the largest sum | MiB at most |");
        System.out.println("|---|---|---|");
        largest.forEach(process -> row(process.name(), process.now(), most.getOrDefault(process.name(), 0L)));
        row(
                "together",
                sum(largest),
                most.values().stream().mapToLong(Long::longValue).sum());
    }

    private static void row(String name, long now, long most) {
        System.out.printf(Locale.ROOT, "| %s | %d | %d |%n", name, now >> 10, most >> 10);
    }

    private static long sum(List<Resident> processes) {
        return processes.stream().mapToLong(Resident::now).sum();
    }

    private static List<Resident> look(ProcessHandle root) throws IOException {
        List<Resident> processes = new ArrayList<>();
        for (ProcessHandle process :
                Stream.concat(Stream.of(root), root.descendants()).toList()) {
            Resident.of(process.pid()).ifPresent(processes::add);
        }
        return processes;
    }
}
