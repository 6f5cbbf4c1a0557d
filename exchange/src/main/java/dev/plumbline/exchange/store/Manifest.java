package dev.plumbline.exchange.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What a model version consists of. Neither name, version nor time is part of it, so the same files of the same origin
 * have the same manifest, byte by byte.
 *
 * @param origin what it was made from
 * @param files sorted by path; the manifest itself is not among them
 */
public record Manifest(ModelOrigin origin, List<ModelFile> files) {

    /** Its name in a version's directory. */
    public static final String FILE_NAME = "manifest.json";

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    public Manifest {
        files = files.stream().sorted(Comparator.comparing(ModelFile::path)).toList();
        if (files.stream().map(ModelFile::path).distinct().count() < files.size()) {
            throw new IllegalArgumentException("a manifest must name each file once");
        }
    }

    /** Of every file that a directory has; they are digested side by side, which for large ones takes as long as writing. */
    public static Manifest of(Path directory, ModelOrigin origin) throws IOException {
        try {
            return new Manifest(
                    origin,
                    Directories.files(directory).parallelStream()
                            .map(file -> describe(directory, file))
                            .toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static ModelFile describe(Path directory, Path file) {
        Path path = directory.resolve(file);
        String slashed = file.toString().replace(file.getFileSystem().getSeparator(), "/");
        try {
            return new ModelFile(slashed, Files.size(path), Sha256.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts it beside its files; returns its bytes. */
    public byte[] write(Path directory) throws IOException {
        byte[] bytes = toBytes();
        Files.write(directory.resolve(FILE_NAME), bytes);
        return bytes;
    }

    /** Reads the manifest of a version's directory. */
    public static Manifest read(Path directory) {
        Path file = directory.resolve(FILE_NAME);
        try {
            return parse(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new BadModelException(file + " cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new BadModelException(file + " is not a manifest: " + e.getMessage(), e);
        }
    }

    /** Whether two versions have the same content, whatever they were made from. */
    public boolean sameFilesAs(Manifest other) {
        return files.equals(other.files);
    }

    /** Size of all files. */
    public long totalBytes() {
        return files.stream().mapToLong(ModelFile::bytes).sum();
    }

    /**
     * Reads every file of a directory.
     *
     * @throws BadModelException naming the first file that is missing or differs
     */
    public void verify(Path directory) {
        verify(directory, Map.of());
    }

    /**
     * Reads every file of a directory whose digest is not known.
     *
     * @param digests by path, of files that were digested as they were written
     * @throws BadModelException naming the first file that is missing or differs
     */
    void verify(Path directory, Map<String, String> digests) {
        for (ModelFile file : files) {
            verify(directory, file, digests);
        }
    }

    private static void verify(Path directory, ModelFile file, Map<String, String> digests) {
        Path path = directory.resolve(file.path());
        try {
            long bytes = Files.size(path);
            if (bytes != file.bytes()) {
                throw new BadModelException(path + " has " + bytes + " bytes, its manifest says " + file.bytes());
            }
            String known = digests.get(file.path());
            String digest = known == null ? Sha256.of(path) : known;
            if (!digest.equals(file.sha256())) {
                throw new BadModelException(path + " has SHA-256 " + digest + ", its manifest says " + file.sha256());
            }
        } catch (IOException e) {
            throw new BadModelException(path + " cannot be read: " + e, e);
        }
    }

    static Manifest parse(byte[] bytes) {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
        }
        if (root.path("format").asInt() != FORMAT) {
            throw new IllegalArgumentException("format must be " + FORMAT + ", got " + root.path("format"));
        }
        List<ModelFile> files = new ArrayList<>();
        for (JsonNode file : root.path("files")) {
            files.add(new ModelFile(
                    file.path("path").asText(),
                    file.path("bytes").asLong(-1),
                    file.path("sha256").asText()));
        }
        ModelOrigin origin = new ModelOrigin(
                root.path("parent").asText(),
                root.path("run_id").asText(),
                root.path("step").asLong(ModelOrigin.NO_STEP));
        return new Manifest(origin, files);
    }

    private byte[] toBytes() {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", FORMAT);
        root.put("parent", origin.parent());
        root.put("run_id", origin.runId());
        if (origin.step() != ModelOrigin.NO_STEP) {
            root.put("step", origin.step());
        }
        ArrayNode listed = root.putArray("files");
        for (ModelFile file : files) {
            listed.addObject()
                    .put("path", file.path())
                    .put("bytes", file.bytes())
                    .put("sha256", file.sha256());
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest is always JSON", e);
        }
    }
}
