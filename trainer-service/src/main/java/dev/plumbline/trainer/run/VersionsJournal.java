package dev.plumbline.trainer.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What a run has published step by step, one JSON line a version; it outlives the versions themselves. */
public final class VersionsJournal {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    VersionsJournal(Path file) {
        this.file = file;
    }

    /**
     * A version that was published.
     *
     * @param step of the run, after which it was made
     * @param model "name@version"
     * @param sha256 digest of its weights in hexadecimal
     */
    public record Entry(long step, String model, String sha256) {}

    /** In the order in which they were published. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        try {
            for (String line : wholeLines().split("\n", -1)) {
                if (!line.isEmpty()) {
                    entries.add(JSON.readValue(line, Entry.class));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
        return entries;
    }

    /** Notes a version, once. */
    void add(Entry entry) {
        if (entries().contains(entry)) {
            return;
        }
        byte[] line = line(entry);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.truncate(wholeLines().getBytes(StandardCharsets.UTF_8).length);
            channel.position(channel.size());
            ByteBuffer buffer = ByteBuffer.wrap(line);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        } catch (IOException e) {
            throw new UnwritableException("the line of " + entry.model(), file, line.length, e);
        }
    }

    /** Without a line that a dead process has not finished. */
    private String wholeLines() throws IOException {
        String text = Files.exists(file) ? Files.readString(file) : "";
        return text.substring(0, text.lastIndexOf('\n') + 1);
    }

    private static byte[] line(Entry entry) {
        try {
            return (JSON.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an entry is always JSON", e);
        }
    }
}
