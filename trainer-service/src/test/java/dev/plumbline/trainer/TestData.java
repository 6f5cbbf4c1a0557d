package dev.plumbline.trainer;

import dev.plumbline.proto.trainer.v1.Data;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Files of generated lines. */
final class TestData {
    private TestData() {}

    static Data.Builder data(Path file, int lines, IntFunction<String> line) {
        return write(file, IntStream.range(0, lines).mapToObj(line).toList());
    }

    static Data.Builder write(Path file, List<String> lines) {
        try {
            return Data.newBuilder().setPath(Files.write(file, lines).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sums of small numbers. */
    static String demonstration(int i) {
        return "{\"prompt\": \"number " + i % 10 + "\", \"completion\": \" is " + (i % 10 + 1) % 10 + "\"}";
    }

    static String text(int i) {
        return "{\"text\": \"number " + i % 10 + " is " + (i % 10 + 1) % 10 + "\"}";
    }

    static String question(int i) {
        return "{\"prompt\": \"question " + i + "\"}";
    }

    /** Four answers, of which the one that says more is better; the last two are tied. */
    static String ranking(int i) {
        return "{\"prompt\": \"question " + i + "\", \"completions\": [\" yes\", \" no no\", \" maybe\", \" perhaps\"],"
                + " \"ranks\": [1, 2, 3, 3]}";
    }
}
