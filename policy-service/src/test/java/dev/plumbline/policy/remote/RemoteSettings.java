package dev.plumbline.policy.remote;

import dev.plumbline.policy.PolicySettings;
import java.time.Duration;
import java.util.Optional;

/** Settings as a test wants them. */
record RemoteSettings(
        Optional<String> url,
        Optional<String> token,
        UpdateWay update,
        Optional<String> modelName,
        int retries,
        Duration firstRetryAfter,
        Duration silence,
        Duration updateTimeout)
        implements PolicySettings.Remote {

    /** Of a server that lists its versions. */
    static RemoteSettings listed(String url) {
        return of(url, UpdateWay.LISTED, Optional.empty());
    }

    /** Of a server whose model is called {@code far}, which is told to reload its weights. */
    static RemoteSettings reload(String url) {
        return of(url, UpdateWay.RELOAD, Optional.of("far"));
    }

    private static RemoteSettings of(String url, UpdateWay update, Optional<String> modelName) {
        return new RemoteSettings(
                Optional.of(url),
                Optional.of("secret"),
                update,
                modelName,
                2,
                Duration.ofMillis(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30));
    }
}
