package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Others' training in Python processes of their own. */
enum TrainerPeer {
    /** A loop in plain PyTorch over transformers' models. */
    LOOP("loop"),
    /** TRL's trainers. */
    TRL("trl");

    private static final JsonMapper JSON = new JsonMapper();

    private final String argument;

    TrainerPeer(String argument) {
        this.argument = argument;
    }

    /**
     * Seconds of each optimizer step or update.
     *
     * @param python an interpreter that has torch, transformers and TRL
     * @param work as {@code trainers.py} wants it
     */
    List<Double> seconds(Path python, Map<String, Object> work, Path scratch) throws IOException {
        Path script = scratch.resolve("trainers.py");
        try (InputStream source = TrainerPeer.class.getResourceAsStream("trainers.py")) {
            if (source == null) {
                throw new IllegalStateException("trainers.py is not in the jar");
            }
            Files.write(script, source.readAllBytes());
        }
        Path file = scratch.resolve("work.json");
        JSON.writeValue(file.toFile(), work);
        Path log = scratch.resolve("trainers.log");
        Process process = new ProcessBuilder(python.toString(), script.toString(), argument, file.toString())
                .redirectError(log.toFile())
                .start();
        List<Double> seconds;
        try (var answers = process.inputReader()) {
            seconds = answers.lines().map(Double::valueOf).toList();
        }
        if (process.onExit().join().exitValue() != 0) {
            throw new IllegalStateException(argument + " failed:\n" + Files.readString(log));
        }
        return seconds;
    }
}
