package dev.plumbline.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import dev.plumbline.exchange.ModelVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Requests over HTTP that were right before something happened to their line, their head or their body. */
final class MutatedRequests {
    private static final List<String> METHODS =
            List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW");
    private static final List<String> PATHS = List.of(
            "/v1/completions",
            "/v1/chat/completions",
            "/v1/models",
            "/v1/models/policy",
            "/v1/models/nobody",
            "/v1/models/%00",
            "/v1/models/%e2%98%83",
            "/v1/models/%ff%fe",
            "/v1/models/..%2f..%2fetc",
            "/v1/models/" + "a".repeat(3000),
            "/v1/models?limit=-1&limit=%00",
            "/v1/chat",
            "/v1/",
            "/v1",
            "/v1//completions",
            "/v1/completions/",
            "/v1/completions;a=b",
            "/pause?mode=soon",
            "/reset_prefix_cache",
            "/resume");
    private static final List<String> TYPES = List.of(
            "",
            "application/json",
            "application/json; charset=utf-16",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=a",
            "text/plain",
            "\u00e4/;;=");

    private final Random random;
    private final MutatedBodies bodies;
    /** Bodies by the paths that they are posted to. */
    private final List<Map.Entry<String, String>> posts;

    /** @param served a version that may be served instead of itself */
    MutatedRequests(Random random, ModelVersion served) {
        this.random = random;
        this.bodies = new MutatedBodies(random);
        this.posts = List.of(
                Map.entry("/v1/completions", MutatedBodies.COMPLETION),
                Map.entry("/v1/chat/completions", MutatedBodies.CHAT),
                Map.entry("/collective_rpc", MutatedBodies.reload(served)));
    }

    /**
     * One of them.
     *
     * @param left its caller goes away before the body's end
     */
    record Request(String method, String path, String type, ByteString body, boolean left) {
        /** The answer to its end, head and all. */
        byte[] send(int port) throws IOException {
            try (Socket socket = connect(port)) {
                socket.getOutputStream().write(bytes(body.size()));
                return socket.getInputStream().readAllBytes();
            }
        }

        /** Waits for nothing. */
        void leave(int port) throws IOException {
            try (Socket socket = connect(port)) {
                socket.getOutputStream().write(bytes(body.size() + 100));
            }
        }

        private static Socket connect(int port) throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(120_000);
            return socket;
        }

        private byte[] bytes(int length) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            String type = this.type.isEmpty() ? "" : "Content-Type: " + this.type + "\r\n";
            bytes.write((method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + type
                            + "Content-Length: " + length + "\r\n\r\n")
                    .getBytes(UTF_8));
            bytes.write(body.toByteArray());
            return bytes.toByteArray();
        }

        @Override
        public String toString() {
            return method + " " + path + " (" + type + ") " + body.toStringUtf8();
        }
    }

    Request next() throws IOException {
        Map.Entry<String, String> post = posts.get(random.nextInt(posts.size()));
        boolean elsewhere = random.nextInt(4) == 0;
        return new Request(
                random.nextInt(4) == 0 ? METHODS.get(random.nextInt(METHODS.size())) : elsewhere ? "GET" : "POST",
                elsewhere ? PATHS.get(random.nextInt(PATHS.size())) : post.getKey(),
                TYPES.get(random.nextInt(TYPES.size())),
                ByteString.copyFrom(bodies.next(post.getValue())),
                random.nextInt(16) == 0);
    }
}
