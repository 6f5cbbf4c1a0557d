package dev.plumbline.trainer.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.LengthReward;
import dev.plumbline.proto.exchange.v1.RewardComponentSpec;
import dev.plumbline.proto.exchange.v1.RewardSpec;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.AdvantageEstimator;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.KlPlacement;
import dev.plumbline.proto.trainer.v1.LossAggregation;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.RatioLevel;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import dev.plumbline.trainer.data.source.DataSources;
import dev.plumbline.trainer.data.source.ObjectStorage;
import dev.plumbline.trainer.model.ModelCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class EstimatorSpecTest {
    private static final Path MODEL = Path.of(System.getProperty("plumbline.vectors", "../vectors"), "models", "llama")
            .toAbsolutePath()
            .normalize();

    @TempDir
    Path directory;

    private SpecResolver resolver;

    @BeforeEach
    void open() {
        resolver = new SpecResolver(
                new ModelCatalog(new ModelStore(directory.resolve("store"))),
                new DataSources(ObjectStorage.NONE),
                ComputeSettings.cpu(1),
                1 << 20);
    }

    @Test
    void aRunIsPpoWithACriticUnlessItSaysOtherwise() throws IOException {
        PpoSpec resolved = resolve(spec());

        assertThat(resolved.getAdvantage()).isEqualTo(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GAE);
        assertThat(resolved.getAggregation()).isEqualTo(LossAggregation.LOSS_AGGREGATION_TOKEN_MEAN);
        assertThat(resolved.getRatio()).isEqualTo(RatioLevel.RATIO_LEVEL_TOKEN);
        assertThat(resolved.getKlPlacement()).isEqualTo(KlPlacement.KL_PLACEMENT_REWARD);
        assertThat(resolved.getCritic()).isEqualTo(MODEL.toString());
        assertThat(resolved.getCriticOptimizer().getLearningRate()).isEqualTo(9e-6);
        assertThat(resolved.getGaeLambda()).isEqualTo(0.95);
        assertThat(resolved.getWhitenAdvantages()).isTrue();
        assertThat(resolved.getClipLow()).isEqualTo(0.2);
        assertThat(resolved.getMaxPromptsPerStep()).isEqualTo(64);
    }

    @Test
    void withoutACriticNothingOfACriticIsFilledIn() throws IOException {
        PpoSpec resolved = resolve(spec().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                .setOverlongBuffer(4));

        assertThat(resolved.getCritic()).isEmpty();
        assertThat(resolved.hasCriticOptimizer()).isFalse();
        assertThat(resolved.hasGaeLambda()).isFalse();
        assertThat(resolved.hasValueClip()).isFalse();
        assertThat(resolved.hasWhitenAdvantages()).isFalse();
        assertThat(resolved.hasBootstrapTruncated()).isFalse();
        assertThat(resolved.hasDiscount()).isFalse();
        assertThat(resolved.getKlPlacement()).isEqualTo(KlPlacement.KL_PLACEMENT_LOSS);
        assertThat(resolved.getOverlongPenalty()).isEqualTo(1);
    }

    @Test
    void theKlPenaltyCountsWhereTheEstimatorsPapersHaveIt() throws IOException {
        Map<AdvantageEstimator, KlPlacement> placements = new EnumMap<>(AdvantageEstimator.class);
        for (AdvantageEstimator advantage : AdvantageEstimator.values()) {
            if (advantage != AdvantageEstimator.UNRECOGNIZED) {
                placements.put(
                        advantage, resolve(spec().setAdvantage(advantage)).getKlPlacement());
            }
        }
        placements.values().removeIf(placement -> placement == KlPlacement.KL_PLACEMENT_REWARD);
        assertThat(placements)
                .containsOnlyKeys(
                        AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD,
                        AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN,
                        AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_BASELINE_BATCH);
    }

    @Test
    void aRatioOfSequencesBringsItsNarrowClipAndItsMeanOverSequences() throws IOException {
        PpoSpec resolved = resolve(spec().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN_STD)
                .setRatio(RatioLevel.RATIO_LEVEL_SEQUENCE));

        assertThat(resolved.getClipLow()).isEqualTo(3e-4);
        assertThat(resolved.getClipHigh()).isEqualTo(4e-4);
        assertThat(resolved.getAggregation()).isEqualTo(LossAggregation.LOSS_AGGREGATION_SEQUENCE_MEAN);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.MATCH_ALL, names = "ADVANTAGE_ESTIMATOR_(GROUP|LEAVE).*")
    void answersThatAreComparedWithEachOtherMustBeTwo(AdvantageEstimator advantage) throws IOException {
        assertThat(problems(spec().setAdvantage(advantage).setSamplesPerPrompt(1))
                        .get("spec.ppo.samples_per_prompt"))
                .startsWith("samples_per_prompt must be >= 2 with advantage ")
                .endsWith("got 1");
    }

    @Test
    void settingsOfACriticWithoutACriticAreRefusedAllAtOnce() throws IOException {
        Map<String, String> problems =
                problems(spec().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_LEAVE_ONE_OUT)
                        .setCritic("reward")
                        .setCriticOptimizer(Optimizer.newBuilder().setLearningRate(-1))
                        .setDiscount(0.9)
                        .setGaeLambda(0.9)
                        .setValueClip(0.1)
                        .setWhitenAdvantages(true)
                        .setWhitenRewards(false)
                        .setBootstrapTruncated(true));

        assertThat(problems)
                .containsOnlyKeys(
                        "spec.ppo.critic",
                        "spec.ppo.critic_optimizer",
                        "spec.ppo.discount",
                        "spec.ppo.gae_lambda",
                        "spec.ppo.value_clip",
                        "spec.ppo.whiten_advantages",
                        "spec.ppo.whiten_rewards",
                        "spec.ppo.bootstrap_truncated");
        assertThat(problems.get("spec.ppo.value_clip"))
                .isEqualTo("value_clip is read with advantage GAE only, not with LEAVE_ONE_OUT; leave it out");
        assertThat(problems.get("spec.ppo.discount"))
                .isEqualTo("discount is read with advantage GAE or BATCH only, not with LEAVE_ONE_OUT; leave it out");
    }

    @Test
    void rewardsToGoMayBeDiscounted() throws IOException {
        assertThat(resolve(spec().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_BATCH)
                                .setSamplesPerPrompt(1)
                                .setDiscount(0.99))
                        .getDiscount())
                .isEqualTo(0.99);
    }

    @Test
    void lengthsAndChoicesOutOfRangeAreRefused() throws IOException {
        Map<String, String> problems = problems(spec().setAggregationValue(9)
                .setRatioValue(9)
                .setKlPlacementValue(9)
                .setOverlongPenalty(1));
        assertThat(problems.get("spec.ppo.aggregation"))
                .isEqualTo("aggregation must be TOKEN_MEAN, SEQUENCE_MEAN or FIXED_LENGTH, got 9");
        assertThat(problems.get("spec.ppo.overlong_penalty")).contains("set that too, or leave it out");
        assertThat(problems).containsKeys("spec.ppo.ratio", "spec.ppo.kl_placement");

        assertThat(problems(spec().setAdvantageValue(9)).get("spec.ppo.advantage"))
                .endsWith("got 9");
        Map<String, String> overlong = problems(spec().setOverlongBuffer(9).setOverlongPenalty(-1));
        assertThat(overlong.get("spec.ppo.overlong_buffer"))
                .isEqualTo("overlong_buffer must be in [1, 8], the most tokens of an answer (stopping.max_tokens),"
                        + " got 9");
        assertThat(overlong.get("spec.ppo.overlong_penalty")).isEqualTo("overlong_penalty must be >= 0, got -1.0");
    }

    @Test
    void anAnswerThatMayGoOnIsNotAlsoTooLong() throws IOException {
        assertThat(problems(spec().setBootstrapTruncated(true).setOverlongBuffer(4)))
                .containsOnlyKeys("spec.ppo.overlong_buffer")
                .extractingByKey("spec.ppo.overlong_buffer")
                .asString()
                .endsWith("leave one of them out");
        assertThat(resolve(spec().setBootstrapTruncated(false).setOverlongBuffer(4))
                        .getOverlongBuffer())
                .isEqualTo(4);
    }

    @Test
    void onlyWhereEqualAnswersTeachNothingArePromptsReplaced() throws IOException {
        assertThat(problems(spec().setMaxPromptsPerStep(65)).get("spec.ppo.max_prompts_per_step"))
                .contains("which is not so with advantage GAE");
        assertThat(problems(spec().setMaxPromptsPerStep(63)).get("spec.ppo.max_prompts_per_step"))
                .isEqualTo("max_prompts_per_step must be at least the 64 of prompts_per_step, got 63");
        assertThat(resolve(spec().setAdvantage(AdvantageEstimator.ADVANTAGE_ESTIMATOR_GROUP_MEAN)
                                .setMaxPromptsPerStep(128))
                        .getMaxPromptsPerStep())
                .isEqualTo(128);
    }

    private PpoSpec resolve(PpoSpec.Builder spec) {
        return resolver.resolve(RunSpec.newBuilder().setPpo(spec).build()).getPpo();
    }

    private Map<String, String> problems(PpoSpec.Builder spec) {
        CallerFault fault = catchThrowableOfType(CallerFault.class, () -> resolve(spec));
        assertThat(fault).isNotNull();
        return fault.violations().stream()
                .collect(Collectors.toMap(FieldViolation::field, FieldViolation::description, (a, b) -> a + "; " + b));
    }

    private PpoSpec.Builder spec() throws IOException {
        Path questions = Files.write(directory.resolve("q.jsonl"), List.of("{\"prompt\": \"one two three\"}"));
        return PpoSpec.newBuilder()
                .setModel(MODEL.toString())
                .setPrompts(Data.newBuilder().setPath(questions.toString()))
                .setReward(RewardSpec.newBuilder()
                        .addComponents(RewardComponentSpec.newBuilder()
                                .setName("a")
                                .setLength(LengthReward.getDefaultInstance())))
                .setSamplesPerPrompt(2)
                .setSteps(1)
                .setStopping(Stopping.newBuilder().setMaxTokens(8));
    }
}
