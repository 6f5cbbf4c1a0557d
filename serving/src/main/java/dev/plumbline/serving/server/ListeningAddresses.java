package dev.plumbline.serving.server;

import dev.plumbline.serving.access.Access;
import dev.plumbline.serving.settings.Exposure;
import dev.plumbline.serving.settings.Exposure.Kind;
import dev.plumbline.serving.settings.Exposure.Listener;
import dev.plumbline.serving.settings.HouseSettings;
import io.quarkus.grpc.runtime.config.GrpcConfiguration;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** Reads from the settings where the servers listen, whether they insist on TLS, and whom they let in. */
@Singleton
final class ListeningAddresses {
    private final HostedService service;
    private final GrpcServerConfiguration grpc;
    private final HouseSettings settings;
    private final Access access;

    @Inject
    ListeningAddresses(HostedService service, GrpcConfiguration configuration, HouseSettings settings, Access access) {
        this.service = service;
        this.grpc = configuration.server();
        this.settings = settings;
        this.access = access;
    }

    /** All that keeps the servers from being opened, each with its fix. */
    List<String> problems() {
        Exposure exposure = new Exposure(
                listeners(), access.isGuarded(), settings.security().insecure());
        return Stream.concat(access.problems().stream(), exposure.problems().stream())
                .toList();
    }

    private List<Listener> listeners() {
        Config config = ConfigProvider.getConfig();
        boolean noHttp = !config.getOptionalValue("quarkus.http.host-enabled", Boolean.class)
                .orElse(true);
        boolean onlyHttps = config.getOptionalValue("quarkus.http.insecure-requests", String.class)
                .orElse("enabled")
                .equalsIgnoreCase("disabled");
        boolean encrypted = !grpc.isPlainTextEnabled();
        List<Listener> listeners = new ArrayList<>();
        listeners.add(new Listener(Kind.GRPC, grpc.host(), encrypted));
        listeners.add(new Listener(Kind.HTTP, config.getValue("quarkus.http.host", String.class), noHttp || onlyHttps));
        service.controlDesk()
                .ifPresent(desk ->
                        listeners.add(new Listener(Kind.CONTROL, desk.host().orElse(grpc.host()), encrypted)));
        return listeners;
    }
}
