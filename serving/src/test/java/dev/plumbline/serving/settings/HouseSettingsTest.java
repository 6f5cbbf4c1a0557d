package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HouseSettingsTest {
    @Test
    void everySettingHasADefault() {
        HouseSettings settings = read(Map.of());

        assertThat(settings.kafka().bootstrapServers()).isEqualTo("localhost:9092");
        assertThat(settings.kafka().client()).isEmpty();
        assertThat(settings.topics().partitions()).isEqualTo(8);
        assertThat(settings.compute().threads()).isEmpty();
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.security().insecure()).isFalse();
    }

    @Test
    void anySettingOfKafkasClientsPassesThrough() {
        HouseSettings settings = read(Map.of("plumbline.kafka.client.\"security.protocol\"", "SASL_SSL"));

        assertThat(settings.kafka().client()).containsExactly(Map.entry("security.protocol", "SASL_SSL"));
    }

    @Test
    void aMisspeltSettingIsAnError() {
        assertThatThrownBy(() -> read(Map.of("plumbline.drain-timeot", "5s")))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("plumbline.drain-timeot");
    }

    @Test
    void allProblemsAreReportedAtOnce() {
        assertThatThrownBy(() -> read(Map.of(
                        "plumbline.drain-timeout", "-5s",
                        "plumbline.compute.threads", "0",
                        "plumbline.topics.partitions", "many",
                        "plumbline.kafca.bootstrap-servers", "broker:9092")))
                .isInstanceOf(ConfigValidationException.class)
                .hasMessageContaining("must be > 0, got -5s")
                .hasMessageContaining("must be >= 1, got 0")
                .hasMessageContaining("must be a whole number >= 1, got \"many\"")
                .hasMessageContaining("plumbline.kafca.bootstrap-servers");
    }

    @Test
    void theBuildsOwnPropertyIsNoSetting() {
        assertThat(read(Map.of("plumbline.vectors", "vectors")).exitWithParent())
                .isFalse();
    }

    private static HouseSettings read(Map<String, String> values) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredCustomizers()
                .addDefaultInterceptors()
                .withSources(new PropertiesConfigSource(values, "test", 300))
                .withSources(new PropertiesConfigSource(Map.of("user.home", "/home/someone"), "home", 100))
                .withMapping(HouseSettings.class)
                .build()
                .getConfigMapping(HouseSettings.class);
    }
}
