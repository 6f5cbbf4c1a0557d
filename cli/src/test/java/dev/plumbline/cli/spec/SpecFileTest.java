package dev.plumbline.cli.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.example.quickstart.WorldFiles;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.trainer.v1.DpoSpec;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.Schedule;
import dev.plumbline.proto.trainer.v1.SftSpec;
import dev.plumbline.proto.trainer.v1.TooLong;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpecFileTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void aSpecBecomesTheTrainersMessage() throws IOException {
        RunSpec run = read(Stage.SFT, """
                name: first
                seed: 7
                model: policy@3
                data:
                  path: data/train-*.jsonl
                  eval_path: s3://bucket/held-out
                  max_length: 512
                  too_long: truncate_left
                  fields: {prompt: question, completion: answer}
                optimizer: {learning_rate: 1e-5, schedule: cosine}
                epochs: 2
                """);

        SftSpec sft = run.getSft();
        assertThat(run.getName()).isEqualTo("first");
        assertThat(run.getSeed()).isEqualTo(7);
        assertThat(sft.getModel()).isEqualTo("policy@3");
        assertThat(sft.getData().getPath())
                .isEqualTo(directory.resolve("data/train-*.jsonl").toString());
        assertThat(sft.getData().getEvalPath()).isEqualTo("s3://bucket/held-out");
        assertThat(sft.getData().getTooLong()).isEqualTo(TooLong.TOO_LONG_TRUNCATE_LEFT);
        assertThat(sft.getData().getFields().getPrompt()).isEqualTo("question");
        assertThat(sft.getOptimizer().getLearningRate()).isEqualTo(1e-5);
        assertThat(sft.getOptimizer().getSchedule()).isEqualTo(Schedule.SCHEDULE_COSINE);
        assertThat(sft.getEpochs()).isEqualTo(2);
        assertThat(sft.hasBatchSize()).isFalse();
    }

    @Test
    void theSeedOfTheCommandLineGoesBeforeTheSpecs() throws IOException {
        Path file = write("seed: 7\nmodel: a@1\n");
        assertThat(SpecFile.read(file, Stage.SFT, OptionalLong.of(9)).getSeed()).isEqualTo(9);
        assertThat(SpecFile.read(file, Stage.SFT, OptionalLong.empty()).getSeed())
                .isEqualTo(7);
    }

    @Test
    void aModelIsAVersionANameOrADirectory() throws IOException {
        Files.createDirectory(directory.resolve("start"));
        assertThat(read(Stage.SFT, "model: start").getSft().getModel())
                .isEqualTo(directory.resolve("start").toString());
        assertThat(read(Stage.SFT, "model: other").getSft().getModel()).isEqualTo("other");
        assertThat(read(Stage.SFT, "model: ../x").getSft().getModel())
                .isEqualTo(directory.resolveSibling("x").toString());
        assertThat(read(Stage.SFT, "model: /data/x").getSft().getModel()).isEqualTo("/data/x");
    }

    @Test
    void aDpoSpecBecomesTheTrainersMessage() throws IOException {
        Files.createDirectory(directory.resolve("anchor"));
        DpoSpec dpo = read(Stage.DPO, """
                model: policy@1
                reference: anchor
                data: {path: rankings.jsonl, fields: {source: from}}
                beta: 0.2
                label_smoothing: 0.05
                """).getDpo();
        assertThat(dpo.getReference()).isEqualTo(directory.resolve("anchor").toString());
        assertThat(dpo.getData().getPath())
                .isEqualTo(directory.resolve("rankings.jsonl").toString());
        assertThat(dpo.getData().getFields().getSource()).isEqualTo("from");
        assertThat(dpo.getBeta()).isEqualTo(0.2);
        assertThat(dpo.getLabelSmoothing()).isEqualTo(0.05);
    }

    @Test
    void listsAndAlternativesAreRead() throws IOException {
        PpoSpec ppo = read(Stage.PPO, """
                reward:
                  components:
                    - {name: answer, weight: 2, numeric_answer: {}}
                    - {name: liked, model: {model: reward@1}}
                stopping: {max_tokens: 8, stop_token_ids: [1, 2], stop_strings: ["x"]}
                """).getPpo();
        assertThat(ppo.getReward().getComponentsCount()).isEqualTo(2);
        assertThat(ppo.getReward().getComponents(0).hasNumericAnswer()).isTrue();
        assertThat(ppo.getReward().getComponents(1).getModel().getModel()).isEqualTo("reward@1");
        assertThat(ppo.getStopping().getStopTokenIdsList()).containsExactly(1, 2);
    }

    @Test
    void allProblemsAreNamedAtOnceByTheirKeys() {
        assertThatThrownBy(() -> read(Stage.SFT, """
                        modell: policy@1
                        data: {pth: x, too_long: perhaps}
                        optimizer: fast
                        batch_size: many
                        epochs: [1]
                        """))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("modell is no key here; known: name, seed, guardrails, model")
                .hasMessageContaining("data.pth is no key here")
                .hasMessageContaining("data.too_long must be one of fail, drop, truncate_left, got \"perhaps\"")
                .hasMessageContaining("optimizer must have keys of its own")
                .hasMessageContaining("batch_size must be a value of type int32, got \"many\"")
                .hasMessageContaining("epochs must be one value, got [1]");
    }

    @Test
    void fineTuningAloneHasDropout() throws IOException {
        for (Stage stage : Stage.values()) {
            if (stage == Stage.SFT) {
                assertThat(read(stage, "dropout: 0.2").getSft().getDropout()).isEqualTo(0.2);
            } else {
                assertThatThrownBy(() -> read(stage, "dropout: 0.2"))
                        .hasMessageContaining("dropout is no key here; known: ");
            }
        }
    }

    @Test
    void twoMeasuresOfOneComponentAreRefused() {
        assertThatThrownBy(() ->
                        read(Stage.PPO, "reward: {components: [{name: a, length: {}, model: {model: reward@1}}]}"))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("reward.components[0].model stands beside length");
    }

    @Test
    void whatIsNoYamlOrNotThereIsSaid() {
        assertThatThrownBy(() -> read(Stage.SFT, "a: [")).hasMessageContaining("is not YAML");
        assertThatThrownBy(() -> read(Stage.SFT, "- a")).hasMessageContaining("key: value");
        assertThatThrownBy(() -> SpecFile.read(directory.resolve("none.yaml"), Stage.SFT, OptionalLong.empty()))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("there is no spec");
    }

    @Test
    void nothingOfASpecIsPassedOver() throws IOException {
        assertThatThrownBy(() -> read(Stage.SFT, "model: a@1\nmodel: b@1\n"))
                .hasMessageContaining("Duplicate field 'model'");
        assertThatThrownBy(() -> read(Stage.SFT, "model: a@1\n---\nmodel: b@1\n"))
                .hasMessageContaining("more than one document");
        assertThatThrownBy(() -> read(Stage.SFT, "")).hasMessageContaining("got nothing");
        Path binary = Files.write(directory.resolve("binary.yaml"), new byte[] {(byte) 0x80, (byte) 0x81});
        assertThatThrownBy(() -> SpecFile.read(binary, Stage.SFT, OptionalLong.empty()))
                .isInstanceOf(SpecException.class)
                .hasMessageContaining("binary.yaml is no text in UTF-8");
    }

    @Test
    void guardrailsStandBesideTheKeysOfAStage() throws IOException {
        RunSpec run = read(Stage.SFT, "model: a@1\nguardrails: {max_gradient_norm: 10, action: rollback}\n");
        assertThat(run.getGuardrails().getMaxGradientNorm()).isEqualTo(10);
        assertThat(run.getGuardrails().getAction()).isEqualTo(GuardrailAction.GUARDRAIL_ACTION_ROLLBACK);
        assertThatThrownBy(() -> read(Stage.SFT, "guardrails: {max_kll: 1}\n"))
                .hasMessageContaining("guardrails.max_kll is no key here; known: max_kl, ");
        assertThatThrownBy(() -> read(Stage.SFT, "guardrails: 3\n"))
                .hasMessageContaining("guardrails must have keys of its own");
    }

    @Test
    void aRewardIsReadAlone() throws IOException {
        RewardSpec reward = SpecFile.readReward(write("components: [{name: short, weight: 2, length: {}}]\n"));
        assertThat(reward.getComponents(0).getName()).isEqualTo("short");
        assertThat(reward.getComponents(0).hasLength()).isTrue();
        Path wrong = write("component: []\n");
        assertThatThrownBy(() -> SpecFile.readReward(wrong)).hasMessageContaining("component is no key here");
    }

    @Test
    void theQuickstartsSpecsAreValid() throws IOException {
        WorldFiles.writeSpecs(directory);
        for (String spec : WorldFiles.SPECS) {
            Stage stage = switch (spec) {
                case "ppo.yaml", "grpo.yaml" -> Stage.PPO;
                case "dpo.yaml" -> Stage.DPO;
                case "reward-model.yaml" -> Stage.REWARD_MODEL;
                default -> Stage.SFT;
            };
            assertThat(SpecFile.read(directory.resolve(spec), stage, OptionalLong.of(1))
                            .getStageCase())
                    .isNotEqualTo(RunSpec.StageCase.STAGE_NOT_SET);
        }
    }

    private RunSpec read(Stage stage, String yaml) throws IOException {
        return SpecFile.read(write(yaml), stage, OptionalLong.empty());
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("spec.yaml"), yaml);
    }
}
