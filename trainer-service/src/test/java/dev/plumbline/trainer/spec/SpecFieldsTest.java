package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SpecField;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class SpecFieldsTest {
    @Test
    void everyValueStandsBesideItsDefaultAndWhetherItWasSet() {
        RunSpec given = RunSpec.newBuilder()
                .setName("chat")
                .setPpo(PpoSpec.newBuilder()
                        .setModel("policy")
                        .setPromptsPerStep(8)
                        .setReward(RewardSpec.newBuilder()
                                .addComponents(RewardComponentSpec.newBuilder().setName("short")))
                        .setPtx(PretrainingMix.newBuilder().setCoefficient(0.5)))
                .build();
        RunSpec.Builder resolved = SpecDefaults.fill(given).toBuilder();
        resolved.getPpoBuilder().setModel("policy@3");

        Map<String, SpecField> fields = SpecFields.of(given, resolved.build()).stream()
                .collect(Collectors.toMap(SpecField::getPath, Function.identity()));
        assertThat(fields.get("name")).isEqualTo(field("name", "chat", "ppo", true));
        assertThat(fields.get("ppo.model")).isEqualTo(field("ppo.model", "policy@3", "", true));
        assertThat(fields.get("ppo.prompts_per_step")).isEqualTo(field("ppo.prompts_per_step", "8", "64", true));
        assertThat(fields.get("ppo.gae_lambda")).isEqualTo(field("ppo.gae_lambda", "0.95", "0.95", false));
        assertThat(fields.get("ppo.ptx.coefficient")).isEqualTo(field("ppo.ptx.coefficient", "0.5", "0.05", true));
        assertThat(fields.get("ppo.reward.components.0.name"))
                .isEqualTo(field("ppo.reward.components.0.name", "short", "", true));
    }

    private static SpecField field(String path, String value, String usual, boolean given) {
        return SpecField.newBuilder()
                .setPath(path)
                .setValue(value)
                .setDefaultValue(usual)
                .setGiven(given)
                .build();
    }
}
