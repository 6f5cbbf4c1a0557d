package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.settings.Exposure;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** Reads from Quarkus' settings where its servers listen, and whether they insist on TLS. */
final class ListeningAddresses {
    private ListeningAddresses() {}

    /** All that keeps the servers from being opened, each with its fix. */
    static List<String> problems(GrpcServerConfiguration grpc, Access access, boolean insecureAllowed) {
        return Stream.concat(
                        access.problems().stream(),
                        exposure(grpc, access.isGuarded(), insecureAllowed).problems().stream())
                .toList();
    }

    private static Exposure exposure(GrpcServerConfiguration grpc, boolean guarded, boolean insecureAllowed) {
        Config config = ConfigProvider.getConfig();
        boolean noHttp = !config.getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                .orElse(true);
        boolean onlyHttps = config.getOptionalValue("quarkus.http.insecure-requests", String.class)
                .orElse("enabled")
                .equalsIgnoreCase("disabled");
        return new Exposure(
                new Exposure.Listener(grpc.host(), !grpc.isPlainTextEnabled()),
                new Exposure.Listener(config.getValue("quarkus.http.host", String.class), noHttp || onlyHttps),
                guarded,
                insecureAllowed);
    }
}
