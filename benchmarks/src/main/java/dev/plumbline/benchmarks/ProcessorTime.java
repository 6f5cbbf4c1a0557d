package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.Service;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Processor seconds by thread, from Linux' {@code /proc}; of nothing elsewhere. A thread that has ended is not counted.
 *
 * @param byThread "service/name of the thread", whose first 15 letters the kernel keeps
 */
record ProcessorTime(Map<String, Double> byThread) {
    /** Threads that compute models, and libtorch's own, which are named after those that began them. */
    private static final List<String> MODELS =
            List.of("policy/policy-engine", "policy/policy-models", "reward/reward-engine", "trainer/trainer");

    /** Threads that compute the second of two things side by side. */
    private static final String SECOND_OF_TWO = "/beside-";

    private static final List<String> JVM = List.of("C1 ", "C2 ", "VM ", "GC ", "Sweeper", "Reference Hand");
    private static final String BROKER = "broker/";
    /** As every Linux of today has it. */
    private static final double TICKS_PER_SECOND = 100;

    static ProcessorTime of(House house) {
        Map<String, Double> seconds = new HashMap<>();
        for (Service service : Service.values()) {
            add(seconds, service.key() + "/", house.service(service).pid());
        }
        // The broker is in this process, which does hardly anything else while a run goes on.
        add(seconds, BROKER, ProcessHandle.current().pid());
        return new ProcessorTime(seconds);
    }

    private static void add(Map<String, Double> seconds, String prefix, long pid) {
        Path tasks = Path.of("/proc", String.valueOf(pid), "task");
        if (!Files.isDirectory(tasks)) {
            return;
        }
        try (Stream<Path> threads = Files.list(tasks)) {
            for (Path thread : threads.toList()) {
                add(seconds, prefix, thread.resolve("stat"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(tasks + " cannot be read", e);
        }
    }

    private static void add(Map<String, Double> seconds, String prefix, Path stat) throws IOException {
        String line;
        try {
            line = Files.readString(stat);
        } catch (NoSuchFileException e) {
            return; // the thread has just ended
        }
        int end = line.lastIndexOf(')');
        String name = line.substring(line.indexOf('(') + 1, end);
        // After the name: state is field 3, utime 14, stime 15.
        String[] fields = line.substring(end + 2).split(" ", -1);
        double ticks = Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
        seconds.merge(prefix + name, ticks / TICKS_PER_SECOND, Double::sum);
    }

    ProcessorTime since(ProcessorTime before) {
        Map<String, Double> growth = new HashMap<>();
        byThread.forEach((thread, now) ->
                growth.put(thread, Math.max(0, now - before.byThread.getOrDefault(thread, 0.0))));
        return new ProcessorTime(growth);
    }

    /** Of the threads that compute models; the trainer's also reads and writes the log. */
    double models() {
        return sum(ProcessorTime::isModel);
    }

    /** Of compilers and collectors in the services. */
    double runtime() {
        return sum(ProcessorTime::isRuntime);
    }

    /** Of the broker's process. */
    double broker() {
        return sum(name -> name.startsWith(BROKER));
    }

    /** Of all other threads of the services: Kafka's clients, the loops that code and decode records, gRPC, HTTP. */
    double wire() {
        return sum(name -> !isModel(name) && !isRuntime(name) && !name.startsWith(BROKER));
    }

    private static boolean isModel(String name) {
        return MODELS.contains(name) || name.contains(SECOND_OF_TWO);
    }

    private static boolean isRuntime(String name) {
        return !name.startsWith(BROKER) && JVM.stream().anyMatch(name.substring(name.indexOf('/') + 1)::startsWith);
    }

    private double sum(Predicate<String> chosen) {
        return byThread.entrySet().stream()
                .filter(entry -> chosen.test(entry.getKey()))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }
}
