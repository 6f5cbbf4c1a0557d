package dev.plumbline.serving.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingNamesTest {
    private final SettingNames names = new SettingNames(List.of(
            "plumbline.drain-timeout", "plumbline.policy.slots", "plumbline.kafka.client.*", "plumbline.tokens[*]"));

    @Test
    void aMisspeltVariableIsPointedOutWithTheNearest() {
        assertThat(names.unknownVariables(List.of("PLUMBLINE_POLICY_SLOTZ", "PATH")))
                .containsExactly("PLUMBLINE_POLICY_SLOTZ is no setting of this service and changes nothing; the nearest"
                        + " is PLUMBLINE_POLICY_SLOTS");
    }

    @Test
    void settingsAndAnythingOfKafkasClientsAreKnown() {
        assertThat(names.unknownVariables(List.of(
                        "PLUMBLINE_DRAIN_TIMEOUT",
                        "PLUMBLINE_POLICY_SLOTS",
                        "PLUMBLINE_KAFKA_CLIENT__SECURITY_PROTOCOL_",
                        "PLUMBLINE_TOKENS_0_")))
                .isEmpty();
    }

    @Test
    void whatKubernetesSetsForAServiceIsNoSetting() {
        assertThat(names.unknownVariables(List.of(
                        "PLUMBLINE_TRAINER_SERVICE_HOST",
                        "PLUMBLINE_TRAINER_SERVICE_PORT_GRPC",
                        "PLUMBLINE_TRAINER_PORT",
                        "PLUMBLINE_TRAINER_PORT_9103_TCP_ADDR")))
                .isEmpty();
    }
}
