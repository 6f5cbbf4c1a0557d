package dev.plumbline.policy.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordDeadline;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.ModelLoader;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.Seeds;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Run "run-1" of policy "ppo": ppo@1 is its start, ppo@2 its version after step 1. */
class TrainingPromptsTest {
    private static final ModelVersion START = new ModelVersion("ppo", 1);
    private static final ModelVersion AFTER_STEP_1 = new ModelVersion("ppo", 2);

    private final HouseView view = new HouseView();
    private final ModelLoader loader = TestShelf.loader(1);
    private final ModelShelf shelf = TestShelf.serving(START, Checkpoints.qwen2(), loader);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final DistributionSummary staleness =
            DistributionSummary.builder("staleness").register(registry);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final TrainingPrompts desk =
            new TrainingPrompts(view, Records.answering(shelf, new ServingMeters(registry)), staleness, () -> now);

    @BeforeEach
    void startTheRun() {
        view.apply(run(RunState.RUN_STATE_RUNNING));
        publish(START, 0);
    }

    @AfterEach
    void close() {
        shelf.available().forEach(version -> TestShelf.retire(shelf, version));
        shelf.takeUnused().forEach(LoadedModel::close);
    }

    @Test
    void aPromptWaitsUntilAStepAdmitsIt() {
        Incoming<Prompt> record = Records.at(3, prompt());
        assertThatThrownBy(() -> desk.assign(record))
                .isInstanceOfSatisfying(
                        NotNow.class, notYet -> assertThat(notYet.reason()).isEqualTo("NOT_ADMITTED"));

        admit(1, 0, 4, START);

        assertThat(assigned(record).lease().version()).isEqualTo(START);
        assertThat(assigned(record).membership()).hasValue(new Assignment.Membership("run-1", 1));
    }

    @Test
    void theRunsContractSaysHowItIsAnswered() {
        admit(1, 0, 4, START);

        Assignment assignment = assigned(Records.at(0, prompt()));

        assertThat(assignment.plan().samples()).isEqualTo(3);
        assertThat(assignment.plan().sampling().getTemperature()).isEqualTo(0.7f);
        assertThat(assignment.plan().stopping().getMaxTokens()).isEqualTo(12);
    }

    @Test
    void whatTheRunFedIsSeededByItsNumberAndWhatOthersSentByItsId() {
        admit(1, 0, 4, START);

        assertThat(assigned(Records.at(0, prompt().setRunId("run-1").setFeedIndex(5)))
                        .plan()
                        .seed())
                .isEqualTo(Seeds.ofFeedIndex(42, 5));
        assertThat(assigned(Records.at(1, prompt())).plan().seed()).isEqualTo(Seeds.ofPromptId(42, "a prompt"));
        assertThat(assigned(Records.at(2, prompt().setFeedIndex(5))).plan().seed())
                .isEqualTo(Seeds.ofPromptId(42, "a prompt"));
    }

    @Test
    void recordsOfOtherRunsAndOfEndedRunsArePassedOver() {
        admit(1, 0, 4, START);

        assertThat(desk.assign(Records.at(0, prompt().setRunId("run-2")))).isEmpty();
        view.apply(run(RunState.RUN_STATE_CANCELLED));
        assertThat(desk.assign(Records.at(1, prompt()))).isEmpty();
    }

    @Test
    void aStepWaitsForItsOldestAllowedVersion() {
        admit(2, 0, 4, AFTER_STEP_1);
        Incoming<Prompt> record = Records.at(0, prompt());

        NotNow lacking = catchThrowableOfType(NotNow.class, () -> desk.assign(record));
        assertThat(lacking.reason()).isEqualTo("NO_MODEL");
        assertThat(lacking.message()).contains("step 2 of run run-1 needs ppo@2 or newer, here are [ppo@1]");
        now = now.plusSeconds(90);
        assertThat(desk.waiting()).hasValue(Duration.ofSeconds(90));

        publish(AFTER_STEP_1, 1);
        TestShelf.add(shelf, AFTER_STEP_1, Checkpoints.qwen2(), loader);
        assertThat(desk.waiting()).isEmpty();
        assertThat(assigned(record).lease().version()).isEqualTo(AFTER_STEP_1);
    }

    @Test
    void anAnswerMayGoOnWithANewerVersionOfItsRunAndWithNoOther() {
        admit(1, 0, 4, START);
        try (ModelLease lease =
                desk.assign(Records.at(0, prompt())).orElseThrow().lease()) {
            assertThat(lease.successor()).isEmpty();
            ModelVersion foreign = new ModelVersion("ppo", 9);
            TestShelf.add(shelf, foreign, Checkpoints.qwen2(), loader);
            TestShelf.serve(shelf, foreign);
            assertThat(lease.successor()).as("of no run").isEmpty();

            publish(AFTER_STEP_1, 1);
            TestShelf.add(shelf, AFTER_STEP_1, Checkpoints.qwen2(), loader);

            try (ModelLease successor = lease.successor().orElseThrow()) {
                assertThat(successor.version()).isEqualTo(AFTER_STEP_1);
                assertThat(successor.successor()).as("nothing older").isEmpty();
            }
        }
    }

    @Test
    void theNewestVersionOfTheRunAnswersAndItsStalenessIsMeasured() {
        publish(AFTER_STEP_1, 1);
        TestShelf.add(shelf, AFTER_STEP_1, Checkpoints.qwen2(), loader);
        admit(3, 0, 4, START);

        assertThat(assigned(Records.at(0, prompt())).lease().version()).isEqualTo(AFTER_STEP_1);
        // Step 3 is on-policy with the version after step 2, so the one after step 1 is one behind.
        assertThat(staleness.max()).isEqualTo(1);
    }

    @Test
    void aVersionOfAnotherRunDoesNotAnswerHoweverNew() {
        ModelVersion other = new ModelVersion("ppo", 9);
        view.apply(published(other, 5).setRunId("run-2").build());
        TestShelf.add(shelf, other, Checkpoints.qwen2(), loader);
        admit(1, 0, 4, START);

        assertThat(assigned(Records.at(0, prompt())).lease().version()).isEqualTo(START);
    }

    @ParameterizedTest
    @EnumSource
    void whatAPromptMayNotSetIsRefused(RunsOwn field) {
        admit(1, 0, 4, START);
        Prompt.Builder prompt = prompt();
        field.apply(prompt);

        CallerFault fault = catchThrowableOfType(CallerFault.class, () -> desk.assign(Records.at(0, prompt)));

        assertThat(fault.violations()).extracting(FieldViolation::field).containsExactly(field.path);
        assertThat(desk.membership(Records.at(0, prompt).identity(), prompt.build()))
                .hasValue(new Assignment.Membership("run-1", 1));
    }

    /** Fields of a prompt that its run decides. */
    enum RunsOwn {
        TEMPERATURE("sampling.temperature") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().setTemperature(1));
            }
        },
        TOP_K("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().setTopK(5));
            }
        },
        REPETITION_PENALTY("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().setRepetitionPenalty(1.1f));
            }
        },
        FREQUENCY_PENALTY("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().setFrequencyPenalty(0.1f));
            }
        },
        PRESENCE_PENALTY("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().setPresencePenalty(0.1f));
            }
        },
        LOGIT_BIAS("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().putLogitBias(3, 1));
            }
        },
        ALLOWED_TOKEN_IDS("sampling") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setSampling(Sampling.newBuilder().addAllowedTokenIds(3));
            }
        },
        MIN_TOKENS("stopping") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setStopping(Stopping.newBuilder().setMinTokens(2));
            }
        },
        STOPPING("stopping") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setStopping(Stopping.newBuilder().setMaxTokens(5));
            }
        },
        PURPOSE("purpose") {
            @Override
            void apply(Prompt.Builder prompt) {
                prompt.setPurpose(Purpose.PURPOSE_EVALUATION);
            }
        };

        private final String path;

        RunsOwn(String path) {
            this.path = path;
        }

        abstract void apply(Prompt.Builder prompt);
    }

    @Test
    void aPromptMayHaveNoDeadlineSinceItsStepWaitsForIt() {
        admit(1, 0, 4, START);
        Map<String, String> headers = Map.of(RecordDeadline.HEADER, "2120-01-31T12:00:00Z");

        CallerFault fault =
                catchThrowableOfType(CallerFault.class, () -> desk.assign(Records.at(0, prompt(), headers)));

        assertThat(fault.reason()).isEqualTo("INVALID_DEADLINE");
    }

    @Test
    void aPromptMaySayItsRunsTemperature() {
        admit(1, 0, 4, START);

        Incoming<Prompt> record =
                Records.at(0, prompt().setSampling(Sampling.newBuilder().setTemperature(0.7f)));

        assertThat(assigned(record).plan().sampling().getTemperature()).isEqualTo(0.7f);
    }

    @Test
    void aPromptLongerThanTheRunAllowsIsRefused() {
        admit(1, 0, 4, START);
        Incoming<Prompt> record = Records.at(0, prompt().setText("one two three four five six seven eight nine ten"));

        CallerFault fault = catchThrowableOfType(CallerFault.class, () -> desk.assign(record));

        assertThat(fault.reason()).isEqualTo("CONTEXT_TOO_LONG");
    }

    private Assignment assigned(Incoming<Prompt> record) {
        Optional<Assignment> assignment = desk.assign(record);
        assignment.orElseThrow().lease().close();
        return assignment.get();
    }

    private static Prompt.Builder prompt() {
        return Prompt.newBuilder().setId("a prompt").setText("hello");
    }

    private static RunContract run(RunState state) {
        return RunContract.newBuilder()
                .setRunId("run-1")
                .setState(state)
                .setPolicy("ppo")
                .setSampling(Sampling.newBuilder()
                        .setTemperature(0.7f)
                        .setNumSamples(3)
                        .setSeed(42))
                .setStopping(Stopping.newBuilder().setMaxTokens(12))
                .setMaxPromptTokens(16)
                .build();
    }

    private void publish(ModelVersion version, long step) {
        view.apply(published(version, step).build());
    }

    private static ModelPublished.Builder published(ModelVersion version, long step) {
        return ModelPublished.newBuilder()
                .setName(version.name())
                .setVersion(version.version())
                .setRunId("run-1")
                .setStep(step);
    }

    private void admit(long step, long from, long to, ModelVersion minimum) {
        view.apply(StepAdmitted.newBuilder()
                .setRunId("run-1")
                .setStep(step)
                .setTopicId(Records.TOPIC_ID)
                .addWindows(Window.newBuilder().setFromOffset(from).setToOffset(to))
                .setMinPolicy(minimum.toString())
                .build());
    }
}
