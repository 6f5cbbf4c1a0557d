package dev.plumbline.serving.server;

import io.grpc.InsecureServerCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration.SslServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/** Who the control port says it is, and whom it wants to see: as Quarkus' settings say of the gRPC server. */
final class ControlIdentity {
    private final SslServerConfig ssl;
    private final boolean plainText;

    ControlIdentity(GrpcServerConfiguration grpc) {
        this.ssl = grpc.ssl();
        this.plainText = grpc.isPlainTextEnabled();
    }

    boolean isEncrypted() {
        return !plainText;
    }

    /** Reads keys and certificates. */
    ServerCredentials credentials() throws IOException, GeneralSecurityException {
        if (plainText) {
            return InsecureServerCredentials.create();
        }
        TlsServerCredentials.Builder credentials = TlsServerCredentials.newBuilder();
        showItself(credentials);
        if (ssl.trustStore().isPresent()) {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store(ssl.trustStore().get(), ssl.trustStoreType(), ssl.trustStorePassword()));
            credentials.trustManager(trust.getTrustManagers());
        }
        return credentials
                .clientAuth(
                        switch (ssl.clientAuth()) {
                            case NONE -> ClientAuth.NONE;
                            case REQUEST -> ClientAuth.OPTIONAL;
                            case REQUIRED -> ClientAuth.REQUIRE;
                        })
                .build();
    }

    private void showItself(TlsServerCredentials.Builder credentials) throws IOException, GeneralSecurityException {
        if (ssl.certificate().isPresent() && ssl.key().isPresent()) {
            credentials.keyManager(
                    ssl.certificate().get().toFile(), ssl.key().get().toFile());
        } else if (ssl.keyStore().isPresent()) {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(
                    store(ssl.keyStore().get(), ssl.keyStoreType(), ssl.keyStorePassword()),
                    password(ssl.keyStoreAliasPassword().or(ssl::keyStorePassword)));
            credentials.keyManager(keys.getKeyManagers());
        } else {
            throw new IOException(
                    "it finds no key: set quarkus.grpc.server.ssl.certificate and quarkus.grpc.server.ssl.key");
        }
    }

    private static KeyStore store(Path file, Optional<String> type, Optional<String> password)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(type.orElseGet(KeyStore::getDefaultType));
        try (InputStream bytes = Files.newInputStream(file)) {
            store.load(bytes, password(password));
        }
        return store;
    }

    private static char[] password(Optional<String> text) {
        return text.orElse("").toCharArray();
    }
}
