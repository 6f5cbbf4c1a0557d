package dev.plumbline.serving.server;

import dev.plumbline.serving.settings.SettingNames;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Points out environment variables that look like settings and are none. */
@Singleton
final class EnvironmentCheck {
    private static final Logger LOG = Logger.getLogger(EnvironmentCheck.class);

    void check(@Observes StartupEvent event, BeanManager beans) {
        SettingNames.ofBeans(beans).unknownVariables(System.getenv().keySet()).forEach(LOG::warn);
    }
}
