package dev.plumbline.trainer.provenance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which code this trainer is, as its build noted it.
 *
 * @param commit that it was built from; empty if there was no history
 * @param modified whether files had been changed since
 */
public record BuildVersion(String version, String commit, boolean modified) {
    private static final String RESOURCE = "/META-INF/plumbline/build.properties";

    /** This process' own. */
    public static BuildVersion current() {
        Properties properties = new Properties();
        try (InputStream resource = BuildVersion.class.getResourceAsStream(RESOURCE)) {
            if (resource != null) {
                properties.load(resource);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE + " of the class path cannot be read", e);
        }
        return new BuildVersion(
                properties.getProperty("git.build.version", "unknown"),
                properties.getProperty("git.commit.id.full", ""),
                Boolean.parseBoolean(properties.getProperty("git.dirty", "false")));
    }
}
