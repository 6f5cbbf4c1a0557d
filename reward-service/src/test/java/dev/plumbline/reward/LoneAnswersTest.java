package dev.plumbline.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.settings.HouseSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What judges of the setting {@code deterministic} say of an answer, bit for bit, whatever else they judge. */
final class LoneAnswersTest {
    private static final String JUDGE = "llama-reward";
    private static final String RUN = "run";
    private static final List<String> PROMPTS = List.of("the small cat", "where is the long road that");
    private static final List<String> WORDS = List.of(" sees", " the", " dog", " and", " runs", " home", " a", " cat");
    /** To each prompt, from one word to as many. */
    private static final int ANSWERS = 8;

    private static final TestHouse HOUSE = new TestHouse();
    private static Map<String, String> settings = Map.of();
    private static int sent;

    @BeforeAll
    static void start() {
        settings = HOUSE.start();
        ModelVersion judge = HOUSE.publish("reward", JUDGE);
        ModelVersion reference = HOUSE.publish("reference", TestRollouts.POLICY);
        HOUSE.feeds().publish(TestRollouts.contract(RUN, judge, reference));
    }

    @AfterAll
    static void stop() {
        HOUSE.stop();
    }

    @Test
    void scores_and_reference_log_probs_have_the_same_bits_alone_in_a_crowd_and_after_a_restart() {
        List<Rollout> crowd = crowd();
        List<Judgement> alone = new ArrayList<>();
        try (RewardService service = service(Map.of("plumbline.reward.deterministic", "true"))) {
            service.start();
            crowd.stream().flatMap(LoneAnswersTest::apart).forEach(rollout -> alone.addAll(judged(List.of(rollout))));
            assertThat(alone)
                    .hasSize(PROMPTS.size() * ANSWERS)
                    .doesNotHaveDuplicates()
                    .allSatisfy(it -> assertThat(it.getReferenceLogprobsList()).isNotEmpty());
            assertThat(judged(crowd)).isEqualTo(alone);
        }
        try (RewardService restarted = service(Map.of("plumbline.reward.deterministic", "true"))) {
            restarted.start();
            assertThat(judged(crowd)).isEqualTo(alone);
        }
        try (RewardService fast = service(Map.of())) {
            fast.start();
            assertThat(judged(crowd))
                    .as("what is computed together has other last bits, which is what the setting is for")
                    .isNotEqualTo(alone);
        }
    }

    @Test
    void more_than_one_thread_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        service(Map.of("plumbline.reward.deterministic", "true", "plumbline.compute.threads", "2")))
                .withMessage("plumbline.compute.threads must be 1 or unset if plumbline.reward.deterministic is true,"
                        + " got 2");
    }

    /** A service of the house that computes everything anew. */
    private static RewardService service(Map<String, String> more) {
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(HouseSettings.class)
                .withMapping(RewardSettings.class)
                .withMappingIgnore("plumbline.**")
                .withSources(
                        new PropertiesConfigSource(more, "more", 1001),
                        new PropertiesConfigSource(Map.of("plumbline.reward.known-bytes", "0"), "anew", 1000),
                        new PropertiesConfigSource(settings, "house", 999))
                .build();
        return new RewardRoot(
                        config.getConfigMapping(HouseSettings.class),
                        config.getConfigMapping(RewardSettings.class),
                        new ServingMeters(new SimpleMeterRegistry()))
                .service();
    }

    /** Sends rollouts all at once and waits for what becomes of them: the answers' judgements, in their order. */
    private static List<Judgement> judged(List<Rollout> rollouts) {
        List<String> ids = new ArrayList<>();
        for (Rollout rollout : rollouts) {
            Rollout.Builder named = rollout.toBuilder();
            named.getPromptBuilder().setId("prompt-" + sent++);
            ids.add(named.getPrompt().getId());
            HOUSE.send(HOUSE.topics().rollouts(), named.build());
        }
        return ids.stream().flatMap(LoneAnswersTest::judgements).toList();
    }

    private static Stream<Judgement> judgements(String promptId) {
        Trajectory trajectory = HOUSE.await(
                HOUSE.topics().trajectories(),
                it -> it.getRollout().getPrompt().getId().equals(promptId));
        assertThat(trajectory.getError().getMessage()).isEmpty();
        return trajectory.getJudgementsList().stream()
                .map(judgement -> judgement.toBuilder().clearSampleIndex().build());
    }

    /** Answers of different lengths to several prompts. */
    private static List<Rollout> crowd() {
        try (Tokenizer tokenizer = Tokenizer.load(TestHouse.checkpoint(TestRollouts.POLICY))) {
            TextEncoder encoder = new TextEncoder(tokenizer);
            return PROMPTS.stream().map(prompt -> rollout(encoder, prompt)).toList();
        }
    }

    private static Rollout rollout(TextEncoder encoder, String prompt) {
        Rollout.Builder rollout = Rollout.newBuilder()
                .setPrompt(Prompt.newBuilder().setText(prompt))
                .setRunId(RUN)
                .setSampling(Sampling.newBuilder().setTemperature(0.7f));
        Arrays.stream(encoder.prompt(prompt)).forEach(rollout::addPromptTokenIds);
        for (int words = 1; words <= ANSWERS; words++) {
            String text = WORDS.subList(0, words).stream().collect(Collectors.joining());
            TokenSequence sequence = encoder.example(prompt, text, true);
            rollout.addSamples(Sample.newBuilder()
                    .setIndex(words - 1)
                    .setText(text)
                    .setFinishReason(FinishReason.FINISH_REASON_EOS)
                    .addAllTokenIds(Arrays.stream(sequence.ids())
                            .skip(sequence.promptLength())
                            .boxed()
                            .toList()));
        }
        return rollout.build();
    }

    /** Each answer for itself. */
    private static Stream<Rollout> apart(Rollout rollout) {
        return IntStream.range(0, rollout.getSamplesCount())
                .mapToObj(index -> rollout.toBuilder()
                        .clearSamples()
                        .addSamples(rollout.getSamples(index).toBuilder().setIndex(0))
                        .build());
    }
}
