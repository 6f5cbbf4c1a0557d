package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A Python script beside this class that is given work in a file and answers with numbers, one a line. */
record PythonScript(Path python, String name, Path scratch) {
    private static final JsonMapper JSON = new JsonMapper();

    /** A process whose threads wait as they do wherever nobody has set anything, and not as ours. */
    static ProcessBuilder process(List<String> command) {
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().keySet().removeAll(Set.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"));
        return process;
    }

    /** @param arguments before the file with the work */
    List<Double> numbers(Map<String, Object> work, String... arguments) throws IOException {
        Path script = scratch.resolve(name);
        try (InputStream source = PythonScript.class.getResourceAsStream(name)) {
            if (source == null) {
                throw new IllegalStateException(name + " is not in the jar");
            }
            Files.write(script, source.readAllBytes());
        }
        Path file = scratch.resolve("work.json");
        JSON.writeValue(file.toFile(), work);
        Path log = scratch.resolve(name + ".log");
        List<String> command = Stream.of(
                        Stream.of(python.toString(), script.toString()),
                        Stream.of(arguments),
                        Stream.of(file.toString()))
                .flatMap(part -> part)
                .toList();
        Process process = process(command).redirectError(log.toFile()).start();
        List<Double> numbers;
        try (BufferedReader answers = process.inputReader()) {
            numbers = answers.lines().map(Double::valueOf).toList();
        }
        if (process.onExit().join().exitValue() != 0) {
            throw new IllegalStateException(command + " failed:\n" + Files.readString(log));
        }
        return numbers;
    }
}
