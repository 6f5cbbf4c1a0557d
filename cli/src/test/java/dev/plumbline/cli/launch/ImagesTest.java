package dev.plumbline.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImagesTest {
    private static final Pattern VARIABLE = Pattern.compile("(?:^ENV|^ {4})\\s*([A-Z_]+)=(\\S+)", Pattern.MULTILINE);

    @ParameterizedTest
    @EnumSource
    void anImageSetsWhatTheLauncherSets(Service service) throws IOException {
        Map<String, String> launched = new TreeMap<>(Resources.share(1).environment());
        launched.remove("OMP_NUM_THREADS"); // which an image leaves to the processors that its container has
        assertThat(image(service)).containsAllEntriesOf(launched);
    }

    private static Map<String, String> image(Service service) throws IOException {
        Path file = Path.of("..", "docker", service.title() + ".Dockerfile");
        Map<String, String> variables = new TreeMap<>();
        Matcher variable = VARIABLE.matcher(Files.readString(file));
        while (variable.find()) {
            variables.put(variable.group(1), variable.group(2));
        }
        return variables;
    }
}
