package dev.plumbline.serving.client;

import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Opens channels to other services. */
public final class Channels {
    /** As large as a record of the log. */
    private static final int MAX_MESSAGE_BYTES = 16 << 20;

    /** So that a connection which died unnoticed is not used long after. */
    private static final int IDLE_SECONDS = 60;

    private Channels() {}

    /**
     * A channel its caller shuts down.
     *
     * @param target {@code host:port}
     * @param tls speaks TLS and trusts what this Java trusts ({@code javax.net.ssl.trustStore})
     */
    public static ManagedChannel open(String target, boolean tls) {
        return open(target, tls, List.of());
    }

    /** As {@link #open(String, boolean)}, showing a token with every call, if there is one. */
    public static ManagedChannel open(String target, boolean tls, Optional<String> token) {
        return open(target, tls, token.map(ShownToken::new).stream().toList());
    }

    private static ManagedChannel open(String target, boolean tls, List<? extends ClientInterceptor> interceptors) {
        ChannelCredentials credentials = tls ? TlsChannelCredentials.create() : InsecureChannelCredentials.create();
        return Grpc.newChannelBuilder(target, credentials)
                .intercept(List.copyOf(interceptors))
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .idleTimeout(IDLE_SECONDS, TimeUnit.SECONDS)
                .build();
    }
}
