package dev.plumbline.serving.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the servers listen. Those that can be reached from other machines speak TLS and ask for tokens, unless it was said
 * in so many words that they need not. The management port is no part of it: it has health and metrics, and probes show
 * nothing.
 *
 * @param guarded whether callers need a token
 * @param insecureAllowed {@code plumbline.security.insecure}
 */
public record Exposure(List<Listener> listeners, boolean guarded, boolean insecureAllowed) {
    /** What listens. */
    public enum Kind {
        /** The gRPC server. */
        GRPC(
                "gRPC",
                "set quarkus.grpc.server.ssl.certificate and quarkus.grpc.server.ssl.key, or"
                        + " quarkus.grpc.server.host=127.0.0.1"),
        /** The HTTP server of the façades. */
        HTTP(
                "HTTP",
                "set quarkus.http.ssl.certificate.files, quarkus.http.ssl.certificate.key-files and"
                        + " quarkus.http.insecure-requests=disabled, or quarkus.http.host=127.0.0.1"),
        /** The port for orders. */
        CONTROL(
                "the control port",
                "set quarkus.grpc.server.ssl.certificate and quarkus.grpc.server.ssl.key, or"
                        + " plumbline.policy.control.host=127.0.0.1");

        private final String title;
        private final String fix;

        Kind(String title, String fix) {
            this.title = title;
            this.fix = fix;
        }
    }

    /** One listening server. {@code encrypted}: it takes nothing but TLS. */
    public record Listener(Kind kind, String host, boolean encrypted) {
        private boolean isOpen() {
            return !isLoopback(host);
        }
    }

    public Exposure {
        listeners = List.copyOf(listeners);
    }

    /** All that is wrong, each with its fix; empty if the servers may start. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (insecureAllowed) {
            return problems;
        }
        for (Listener listener : listeners) {
            if (listener.isOpen() && !listener.encrypted()) {
                problems.add(listener.kind().title + " would listen on " + listener.host() + " without TLS: "
                        + listener.kind().fix + ", or accept plain text with plumbline.security.insecure=true");
            }
        }
        if (!guarded && listeners.stream().anyMatch(Listener::isOpen)) {
            problems.add("callers from other machines would need no token: set plumbline.security.tokens.data and"
                    + " plumbline.security.tokens.control, or listen on 127.0.0.1 alone, or let everybody in with"
                    + " plumbline.security.insecure=true");
        }
        return problems;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            // The server itself will say that the name is unknown; until then it counts as open.
            return false;
        }
    }
}
