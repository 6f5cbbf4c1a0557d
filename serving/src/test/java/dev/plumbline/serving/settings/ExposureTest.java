package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.serving.settings.Exposure.Kind;
import dev.plumbline.serving.settings.Exposure.Listener;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExposureTest {
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "::1", "127.1.2.3"})
    void loopbackNeedsNeitherTlsNorTokens(String host) {
        assertThat(new Exposure(all(host, false), false, false).problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.7", "no.such.host.invalid"})
    void anyOtherAddressWithoutTlsIsRefusedWithTheFix(String host) {
        assertThat(new Exposure(all(host, false), true, false).problems())
                .hasSize(3)
                .allSatisfy(problem -> assertThat(problem).contains(host, "plumbline.security.insecure=true"))
                .anySatisfy(problem -> assertThat(problem).contains("quarkus.grpc.server.ssl.certificate"))
                .anySatisfy(problem -> assertThat(problem).contains("quarkus.http.ssl.certificate.files"))
                .anySatisfy(problem -> assertThat(problem).contains("plumbline.policy.control.host"));
    }

    @Test
    void tlsAloneDoesNotOpenAServerThatAsksForNoToken() {
        assertThat(new Exposure(all("0.0.0.0", true), false, false).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem)
                        .contains("plumbline.security.tokens.data", "plumbline.security.insecure=true"));
    }

    @Test
    void tlsAndTokensOpenAServer() {
        assertThat(new Exposure(all("0.0.0.0", true), true, false).problems()).isEmpty();
    }

    @Test
    void plainTextForEverybodyHasToBeAskedFor() {
        assertThat(new Exposure(all("0.0.0.0", false), false, true).problems()).isEmpty();
    }

    private static List<Listener> all(String host, boolean encrypted) {
        return Stream.of(Kind.values())
                .map(kind -> new Listener(kind, host, encrypted))
                .toList();
    }
}
