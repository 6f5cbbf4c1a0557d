package dev.plumbline.serving.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Shows a token with every call: a secret, or the first line of a file, which is read for each so that it can be replaced. */
public final class ShownToken implements ClientInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String FILE = "file:";

    private final String entry;

    /** @param entry a secret, or {@code file:} and the path of a file with it */
    public ShownToken(String entry) {
        this.entry = entry;
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new ForwardingClientCall.SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<R> answers, Metadata headers) {
                headers.put(AUTHORIZATION, "Bearer " + secret());
                super.start(answers, headers);
            }
        };
    }

    private String secret() {
        if (!entry.startsWith(FILE)) {
            return entry;
        }
        Path file = Path.of(entry.substring(FILE.length()));
        try (Stream<String> lines = Files.lines(file, UTF_8)) {
            return lines.map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .orElseThrow(() -> new IOException("it is empty"));
        } catch (IOException e) {
            throw new UncheckedIOException("the token in " + file + " cannot be read", e);
        }
    }
}
