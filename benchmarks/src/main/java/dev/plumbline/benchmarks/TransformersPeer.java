package dev.plumbline.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.lm.TokenSequence;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** transformers' {@code generate} in a Python process of its own. */
final class TransformersPeer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter work;

    private TransformersPeer(Process process) {
        this.process = process;
        this.answers = process.inputReader(StandardCharsets.UTF_8);
        this.work = process.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * Starts it and waits until the model is loaded.
     *
     * @param python an interpreter that has torch and transformers
     */
    static TransformersPeer start(Path python, Path checkpoint, int threads, Path scratch) throws IOException {
        Path script = scratch.resolve("peer.py");
        try (InputStream source = TransformersPeer.class.getResourceAsStream("peer.py")) {
            if (source == null) {
                throw new IllegalStateException("peer.py is not in the jar");
            }
            Files.copy(source, script);
        }
        ProcessBuilder command = PythonScript.process(List.of(
                        python.toString(),
                        script.toString(),
                        checkpoint.toString(),
                        String.valueOf(threads),
                        "float32"))
                .redirectError(scratch.resolve("peer.log").toFile());
        // It would look for a newer version of itself, and for other frameworks.
        command.environment().putAll(Map.of("HF_HUB_OFFLINE", "1", "USE_TF", "0", "USE_FLAX", "0"));
        TransformersPeer peer = new TransformersPeer(command.start());
        String ready = peer.answers.readLine();
        if (!"ready".equals(ready)) {
            throw new IllegalStateException(
                    "transformers did not start:\n" + Files.readString(scratch.resolve("peer.log")));
        }
        return peer;
    }

    /** Seconds for a workload in static batches of a size. */
    double seconds(Workload workload, int batch) {
        return seconds(Map.of("prompts", workload.prompts(), "tokens", workload.newTokens(), "batch", batch));
    }

    /** Seconds for the forward pass of sequences in padded batches of a size. */
    double seconds(List<TokenSequence> sequences, int batch) {
        return seconds(
                Map.of("sequences", sequences.stream().map(TokenSequence::ids).toList(), "batch", batch));
    }

    private double seconds(Map<String, Object> what) {
        try {
            work.write(JSON.writeValueAsString(what));
            work.newLine();
            work.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException(
                        "transformers ended with " + process.onExit().join().exitValue());
            }
            return Double.parseDouble(answer);
        } catch (IOException e) {
            throw new UncheckedIOException("transformers cannot be reached", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
