package dev.plumbline.trainer.data;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.plumbline.trainer.data.source.DataException;
import dev.plumbline.trainer.data.source.DataFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run's examples were made from. It is written when they are complete, and stays when they are removed.
 *
 * @param digests of the files by their names, in the order in which they were read
 * @param notes what became of their lines
 */
record DataManifest(Map<String, String> digests, List<String> notes) {
    private static final JsonMapper JSON = new JsonMapper();

    DataManifest {
        digests = Collections.unmodifiableMap(new LinkedHashMap<>(digests));
        notes = List.copyOf(notes);
    }

    static Map<String, String> digests(List<DataFile> files) {
        Map<String, String> digests = new LinkedHashMap<>();
        for (DataFile file : files) {
            try {
                digests.put(file.name(), file.digest());
            } catch (IOException e) {
                throw new DataException(file.name() + " cannot be read: " + e.getMessage(), e);
            }
        }
        return digests;
    }

    static DataManifest read(Path file) {
        try {
            return JSON.readValue(file.toFile(), DataManifest.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    void write(Path file) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        JSON.writerWithDefaultPrettyPrinter().writeValue(beside.toFile(), this);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Throws a DataException that names a file which is no longer what it was, is missing or is new. */
    void requireSame(Map<String, String> now) {
        String fix = "; put back what the run began with, or start a new run";
        digests.forEach((name, digest) -> {
            String found = now.getOrDefault(name, "");
            if (found.isEmpty()) {
                throw new DataException(name + " is gone, which the run began with" + fix);
            }
            if (!found.equals(digest)) {
                throw new DataException(
                        name + " has changed since the run began: it was " + digest + " and is " + found + fix);
            }
        });
        for (String name : now.keySet()) {
            if (!digests.containsKey(name)) {
                throw new DataException(name + " was not there when the run began" + fix);
            }
        }
    }
}
