package dev.plumbline.exchange.store;

import java.util.List;

/**
 * One file of a model version.
 *
 * @param path relative to the version's directory, with '/' between names
 * @param bytes its size
 * @param sha256 its digest in hexadecimal
 */
public record ModelFile(String path, long bytes, String sha256) {

    public ModelFile {
        // A manifest may come over the network: no path in it leaves the version's directory.
        boolean inside = !path.startsWith("/")
                && !path.contains("\\")
                && !path.contains(":")
                && List.of(path.split("/", -1)).stream()
                        .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
        if (!inside || path.equals(Manifest.FILE_NAME)) {
            throw new IllegalArgumentException("a model file's path must be relative and inside, got \"" + path + '"');
        }
        if (bytes < 0) {
            throw new IllegalArgumentException(path + ": bytes must be >= 0, got " + bytes);
        }
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(path + ": sha256 must be 64 hexadecimal digits, got \"" + sha256 + '"');
        }
    }
}
