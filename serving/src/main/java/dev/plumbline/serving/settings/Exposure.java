package dev.plumbline.serving.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the servers listen. Those that can be reached from other machines speak TLS and ask for tokens, unless it was said
 * in so many words that they need not.
 *
 * @param grpc the gRPC server
 * @param http the HTTP server of health, metrics and the façades
 * @param guarded whether callers need a token
 * @param insecureAllowed {@code plumbline.security.insecure}
 */
public record Exposure(Listener grpc, Listener http, boolean guarded, boolean insecureAllowed) {
    /** One listening server. {@code encrypted}: it takes nothing but TLS. */
    public record Listener(String host, boolean encrypted) {}

    /** All that is wrong, each with its fix; empty if the servers may start. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (insecureAllowed) {
            return problems;
        }
        if (!guarded && !(isLoopback(grpc.host()) && isLoopback(http.host()))) {
            problems.add("callers from other machines would need no token: set plumbline.security.tokens.data and"
                    + " plumbline.security.tokens.control, or quarkus.grpc.server.host=127.0.0.1 and"
                    + " quarkus.http.host=127.0.0.1, or let everybody in with plumbline.security.insecure=true");
        }
        if (isOpen(grpc)) {
            problems.add(
                    "gRPC would listen on " + grpc.host()
                            + " without TLS: set quarkus.grpc.server.ssl.certificate and quarkus.grpc.server.ssl.key, or"
                            + " quarkus.grpc.server.host=127.0.0.1, or accept plain text with plumbline.security.insecure=true");
        }
        if (isOpen(http)) {
            problems.add("HTTP would listen on " + http.host()
                    + " without TLS: set quarkus.http.ssl.certificate.files, quarkus.http.ssl.certificate.key-files and"
                    + " quarkus.http.insecure-requests=disabled, or quarkus.http.host=127.0.0.1, or accept plain text"
                    + " with plumbline.security.insecure=true");
        }
        return problems;
    }

    private static boolean isOpen(Listener listener) {
        return !listener.encrypted() && !isLoopback(listener.host());
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
