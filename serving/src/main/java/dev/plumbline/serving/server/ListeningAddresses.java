package dev.plumbline.serving.server;

import dev.plumbline.serving.settings.Exposure;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** Reads from Quarkus' settings where its servers listen, and whether they insist on TLS. */
final class ListeningAddresses {
    private ListeningAddresses() {}

    static Exposure exposure(GrpcServerConfiguration grpc, boolean insecureAllowed) {
        Config config = ConfigProvider.getConfig();
        boolean noHttp = !config.getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                .orElse(true);
        boolean onlyHttps = config.getOptionalValue("quarkus.http.insecure-requests", String.class)
                .orElse("enabled")
                .equalsIgnoreCase("disabled");
        return new Exposure(
                new Exposure.Listener(grpc.host(), !grpc.isPlainTextEnabled()),
                new Exposure.Listener(config.getValue("quarkus.http.host", String.class), noHttp || onlyHttps),
                insecureAllowed);
    }
}
