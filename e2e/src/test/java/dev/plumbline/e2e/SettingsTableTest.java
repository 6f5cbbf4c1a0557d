package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documented settings are those that the services have, with the defaults that they have. */
final class SettingsTableTest {
    private static final Path DOCUMENT = Path.of(System.getProperty("plumbline.home"), "docs", "running.md");
    /** A row of the table: key, default, meaning. */
    private static final Pattern ROW = Pattern.compile("^\\| `(plumbline\\.[^`]+)` \\| (.*?) \\|");

    @Test
    void every_setting_is_documented_with_its_default_and_no_other_is() throws IOException {
        Map<String, String> settings = settings();
        assertThat(settings).containsKey("plumbline.policy.slots");
        Map<String, String> documented = documented();

        assertThat(documented.keySet()).isEqualTo(settings.keySet());
        settings.forEach((key, value) -> {
            if (!value.isEmpty()) {
                assertThat(documented.get(key)).as("default of %s", key).isEqualTo("`" + value + "`");
            }
        });
    }

    /** By key, the default; empty where it is computed or there is none. */
    private static Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        new ClassFileImporter()
                .importPackages("dev.plumbline").stream()
                        .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
                        .map(type ->
                                ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(type.reflect())))
                        .forEach(properties -> properties.forEach((key, property) ->
                                settings.put(key, property.hasDefaultValue() ? property.getDefaultValue() : "")));
        // The places of a list, which is a setting by itself.
        settings.keySet().removeIf(key -> key.endsWith("[*]"));
        return settings;
    }

    private static Map<String, String> documented() throws IOException {
        try (Stream<String> lines = Files.lines(DOCUMENT)) {
            return lines.map(ROW::matcher)
                    .filter(Matcher::find)
                    .collect(Collectors.toMap(
                            row -> row.group(1).replace("\"NAME\"", "*"),
                            row -> row.group(2),
                            (one, other) -> one + " and " + other,
                            TreeMap::new));
        }
    }
}
