package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.serving.settings.Exposure.Listener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExposureTest {
    private static final Listener LOCAL = new Listener("127.0.0.1", false);

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.1.2.3"})
    void loopbackNeedsNoTls(String host) {
        assertThat(new Exposure(new Listener(host, false), new Listener(host, false), false, false).problems())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7", "no.such.host.invalid"})
    void anyOtherAddressWithoutTlsIsRefusedWithTheFix(String host) {
        Listener open = new Listener(host, false);

        assertThat(new Exposure(open, open, true, false).problems())
                .hasSize(2)
                .allSatisfy(problem -> assertThat(problem).contains(host, "plumbline.security.insecure=true"))
                .anySatisfy(problem -> assertThat(problem).contains("quarkus.grpc.server.ssl.certificate"))
                .anySatisfy(problem -> assertThat(problem).contains("quarkus.http.ssl.certificate.files"));
    }

    @Test
    void tlsAloneDoesNotOpenAServerThatAsksForNoToken() {
        Listener encrypted = new Listener("0.0.0.0", true);

        assertThat(new Exposure(encrypted, LOCAL, false, false).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("plumbline.security.tokens.data", "plumbline.security.insecure=true"));
    }

    @Test
    void tlsAndTokensOpenAServer() {
        assertThat(new Exposure(new Listener("0.0.0.0", true), LOCAL, true, false).problems())
                .isEmpty();
    }

    @Test
    void plainTextOnAnyAddressHasToBeAskedFor() {
        Listener open = new Listener("0.0.0.0", false);

        assertThat(new Exposure(open, open, false, true).problems()).isEmpty();
    }
}
