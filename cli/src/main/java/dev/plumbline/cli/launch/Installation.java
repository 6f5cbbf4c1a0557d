package dev.plumbline.cli.launch;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the built services are.
 *
 * @param root the project's directory
 */
public record Installation(Path root) {
    private static final String SETTING = "plumbline.home";

    public Installation {
        root = root.toAbsolutePath().normalize();
    }

    /** The installation of this process: the system property {@code plumbline.home}, else where its own classes are. */
    public static Installation current() {
        String home = System.getProperty(SETTING, "");
        if (!home.isBlank()) {
            return new Installation(Path.of(home));
        }
        try {
            URI classes = Installation.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI();
            for (Path at = Path.of(classes); at != null; at = at.getParent()) {
                if (Files.exists(at.resolve("mvnw"))) {
                    return new Installation(at);
                }
            }
        } catch (URISyntaxException e) {
            throw new LaunchException("the place of plumbline's own classes is no file; set -D" + SETTING, e);
        }
        throw new LaunchException("the project's directory was not found; set -D" + SETTING + "=DIRECTORY");
    }

    /** The jar that starts a service. */
    public Path jar(Service service) {
        Path jar = root.resolve(service.title())
                .resolve("target")
                .resolve("quarkus-app")
                .resolve("quarkus-run.jar");
        if (!Files.isRegularFile(jar)) {
            throw new LaunchException(service.title() + " is not built: " + jar
                    + " is missing; run ./mvnw -q -DskipTests " + "package in " + root);
        }
        return jar;
    }

    /** The Java that runs this process. */
    public static Path java() {
        Optional<String> self = ProcessHandle.current().info().command();
        return self.map(Path::of).orElseGet(() -> Path.of(System.getProperty("java.home"), "bin", "java"));
    }
}
