package dev.plumbline.serving.settings;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of all settings under {@code plumbline.}. SmallRye refuses an unknown one in a file or a system property; in
 * the environment it cannot, since Kubernetes and launchers put variables of their own there, so those are only pointed
 * out.
 */
public final class SettingNames {
    private static final String PREFIX = "PLUMBLINE_";
    /** What Kubernetes sets for a service called {@code plumbline-...}. */
    private static final String SERVICE_LINK = ".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\\d+_(TCP|UDP)(_.*)?)?)";
    /** The golden numbers of the build. */
    private static final String GOLDEN_NUMBERS = "PLUMBLINE_VECTORS";

    private final Set<String> variables = new TreeSet<>();
    private final Set<String> openEnded = new TreeSet<>();

    /** @param settings their keys; {@code .*} at the end stands for any key, {@code [*]} for any place of a list */
    SettingNames(Collection<String> settings) {
        for (String setting : settings) {
            if (setting.endsWith(".*") || setting.endsWith("[*]")) {
                openEnded.add(variable(setting.substring(0, setting.indexOf('*'))));
            } else {
                variables.add(variable(setting));
            }
        }
    }

    /** Those of every mapping the container knows. */
    public static SettingNames ofBeans(BeanManager beans) {
        Set<String> settings = new TreeSet<>();
        for (Bean<?> bean : beans.getBeans(Object.class, Any.Literal.INSTANCE)) {
            for (Type type : bean.getTypes()) {
                if (type instanceof Class<?> mapping && mapping.isAnnotationPresent(ConfigMapping.class)) {
                    settings.addAll(ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(mapping))
                            .keySet());
                }
            }
        }
        return new SettingNames(settings);
    }

    /** One sentence for each environment variable that looks like a setting and is none. */
    public List<String> unknownVariables(Collection<String> environment) {
        return environment.stream()
                .filter(name -> name.startsWith(PREFIX) && !name.matches(SERVICE_LINK) && !name.equals(GOLDEN_NUMBERS))
                .filter(name -> !variables.contains(name) && openEnded.stream().noneMatch(name::startsWith))
                .sorted()
                .map(name ->
                        name + " is no setting of this service and changes nothing; the nearest is " + nearest(name))
                .toList();
    }

    private String nearest(String name) {
        return variables.stream()
                .min(Comparator.comparingInt(known -> distance(known, name)))
                .orElseThrow();
    }

    private static String variable(String setting) {
        return setting.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    /** Levenshtein's distance: the fewest characters to insert, delete or replace. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, column -> column);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
