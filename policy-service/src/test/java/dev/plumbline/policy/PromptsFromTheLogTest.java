package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.policy.request.Seeds;
import dev.plumbline.proto.exchange.v1.FinishReason;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import dev.plumbline.proto.policy.v1.PauseGenerationRequest;
import dev.plumbline.proto.policy.v1.PauseMode;
import dev.plumbline.proto.policy.v1.ResumeGenerationRequest;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service in Quarkus, beside a real broker. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@Timeout(180)
class PromptsFromTheLogTest {
    /** More answers than can be said in the time that the test gives them. */
    private static final int MANY = 256;

    private static RunningHouse house;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void aPromptBecomesARolloutUnderItsId() {
        RecordIdentity identity = house.submit(prompt("plain/1")
                .setSampling(Sampling.newBuilder().setNumSamples(3))
                .setStopping(Stopping.newBuilder().setMaxTokens(8).setIgnoreEos(true))
                .build());

        Rollout rollout = rolloutOf("plain/1");

        assertThat(rollout.getPosition()).isEqualTo(identity.toLogPosition());
        assertThat(rollout.getTopic()).isEqualTo("plumbline.prompts.v1");
        assertThat(rollout.getRunId()).isEmpty();
        assertThat(rollout.hasStep()).isFalse();
        assertThat(rollout.getSampling().getSeed()).isEqualTo(Seeds.ofPromptId(0, "plain/1"));
        assertThat(rollout.getSampling().getTemperature()).isOne();
        assertThat(rollout.getPromptTokenIdsCount()).isPositive();
        assertThat(rollout.getSamplesList())
                .hasSize(3)
                .allSatisfy(sample -> assertThat(sample.getTokenIdsCount()).isEqualTo(8));
    }

    @Test
    void aCallWithTheRolloutsSeedGivesTheSameAnswers() {
        Sampling asked = Sampling.newBuilder()
                .setTopK(40)
                .setRepetitionPenalty(1.2f)
                .setFrequencyPenalty(0.5f)
                .setPresencePenalty(-0.5f)
                .putLogitBias(40, 1.5f)
                .build();
        house.submit(prompt("plain/2")
                .setSampling(asked)
                .setStopping(Stopping.newBuilder().setMaxTokens(20).setMinTokens(10))
                .build());
        Rollout rollout = rolloutOf("plain/2");
        assertThat(rollout.getSampling())
                .as("in effect")
                .isEqualTo(asked.toBuilder()
                        .setTemperature(1)
                        .setTopP(1)
                        .setMinP(0)
                        .setNumSamples(1)
                        .setSeed(Seeds.ofPromptId(0, "plain/2"))
                        .build());
        assertThat(rollout.getSamples(0).getTokenIdsCount()).isBetween(10, 20);

        GenerateResponse response = house.blocking()
                .generate(GenerateRequest.newBuilder()
                        .setText(rollout.getPrompt().getText())
                        .setSampling(rollout.getSampling())
                        .setStopping(rollout.getStopping())
                        .setRequiredModel(
                                rollout.getSamples(0).getModelVersions(0).getModel())
                        .build());

        assertThat(response.getSamples(0).getTokenIdsList())
                .isEqualTo(rollout.getSamples(0).getTokenIdsList());
    }

    @Test
    void aPromptThatCannotBeAnsweredYieldsAnErrorRecordAndADeadLetter() {
        house.submit(prompt("wrong/1").setText("word ".repeat(300)).build());

        Rollout rollout = rolloutOf("wrong/1");

        assertThat(rollout.getError().getReason()).isEqualTo("CONTEXT_TOO_LONG");
        assertThat(rollout.getError().getField()).isEqualTo("prompt");
        assertThat(rollout.getError().getService()).isEqualTo("policy-service");
        assertThat(rollout.getSamplesList()).isEmpty();
        assertThat(house.deadLetter("wrong/1")).isPresent();
        assertThat(house.get("/q/metrics").body())
                .contains("plumbline_dead_letters_total{reason=\"CONTEXT_TOO_LONG\"}");
    }

    @Test
    void aPoisonedRecordIsPutAsideAndTheLoopGoesOn() {
        byte[] poison = "no protobuf at all".getBytes(StandardCharsets.UTF_8);
        house.submitRaw("poison/1", poison);
        house.submit(prompt("after the poison").build());

        Rollout error = rolloutOf("poison/1");

        assertThat(error.getError().getReason()).isNotEmpty();
        assertThat(house.deadLetter("poison/1"))
                .hasValueSatisfying(letter -> assertThat(letter).isEqualTo(poison));
        assertThat(rolloutOf("after the poison").hasError()).isFalse();
    }

    @Test
    void aTrainingPromptWaitsForItsAdmission() {
        RecordIdentity identity = house.submitForTraining(
                prompt("run-a/0").setRunId("run-a").setFeedIndex(0).build());
        ModelVersion start = house.publish(Checkpoints.qwen2(), "policy-a", new ModelOrigin("", "run-a", 0));
        house.feeds().publish(run("run-a", "policy-a"));
        house.submit(prompt("while it waits").build());
        rolloutOf("while it waits");
        assertThat(find("run-a/0")).isEmpty();

        house.feeds().publish(admit("run-a", 1, identity, start));

        Rollout rollout = rolloutOf("run-a/0");
        assertThat(rollout.getRunId()).isEqualTo("run-a");
        assertThat(rollout.getStep()).isOne();
        assertThat(rollout.getPosition()).isEqualTo(identity.toLogPosition());
        assertThat(rollout.getSamplesList())
                .hasSize(2)
                .allSatisfy(sample ->
                        assertThat(sample.getModelVersions(0).getModel()).isEqualTo(start.toString()));
        assertThat(rollout.getSampling().getSeed()).isEqualTo(Seeds.ofFeedIndex(42, 0));
    }

    @Test
    void anAdmittedPromptWaitsForTheVersionItsStepNeeds() {
        RecordIdentity identity = house.submitForTraining(prompt("run-b/0").build());
        ModelVersion start = house.publish(Checkpoints.qwen2(), "policy-b", new ModelOrigin("", "run-b", 0));
        ModelVersion next = new ModelVersion("policy-b", start.version() + 1);
        house.feeds().publish(run("run-b", "policy-b"));
        house.feeds().publish(admit("run-b", 2, identity, next));
        house.submit(prompt("while the version is missing").build());
        rolloutOf("while the version is missing");
        assertThat(find("run-b/0")).isEmpty();

        house.publish(Checkpoints.qwen2(), "policy-b", new ModelOrigin(start.toString(), "run-b", 1));

        assertThat(rolloutOf("run-b/0").getSamples(0).getModelVersions(0).getModel())
                .isEqualTo(next.toString());
        house.feeds()
                .publish(run("run-b", "policy-b").toBuilder()
                        .setState(RunState.RUN_STATE_SUCCEEDED)
                        .build());
    }

    @Test
    void anEvaluationIsAnsweredByTheVersionItNames() {
        ModelVersion old = house.serve(Checkpoints.qwen2());
        house.serve(Checkpoints.qwen2());
        house.feeds()
                .publish(run("run-c", "policy-c").toBuilder()
                        .setState(RunState.RUN_STATE_PENDING)
                        .build());

        house.submit(prompt("eval/1")
                .setRunId("run-c")
                .setPurpose(Purpose.PURPOSE_EVALUATION)
                .setRequiredModel(old.toString())
                .build());

        assertThat(rolloutOf("eval/1").getSamples(0).getModelVersions(0).getModel())
                .isEqualTo(old.toString());
    }

    @Test
    void aVersionNobodyPublishedIsAnErrorAfterAWhile() {
        house.submit(prompt("eval/2").setRequiredModel("policy@4711").build());

        assertThat(rolloutOf("eval/2").getError().getReason()).isEqualTo("UNKNOWN_MODEL");
    }

    @Test
    void aSwapUnderLoadLosesNoCall() {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        Set<String> versions = new ConcurrentSkipListSet<>();
        List<CompletableFuture<Void>> callers = new ArrayList<>();
        for (int caller = 0; caller < 3; caller++) {
            callers.add(CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    GenerateResponse response = house.blocking()
                            .generate(GenerateRequest.newBuilder()
                                    .setText("hello")
                                    .setStopping(Stopping.newBuilder()
                                            .setMaxTokens(10)
                                            .setIgnoreEos(true))
                                    .build());
                    assertThat(response.getSamples(0).getModelVersions(0).getModel())
                            .isEqualTo(response.getModel());
                    versions.add(response.getModel());
                    answered.incrementAndGet();
                }
            }));
        }

        ModelVersion first = house.serve(Checkpoints.llama());
        ModelVersion second = house.serve(Checkpoints.qwen2());
        RunningHouse.eventually(() -> versions.contains(second.toString()));
        stop.set(true);
        callers.forEach(CompletableFuture::join);

        assertThat(versions).contains(first.toString(), second.toString());
        assertThat(answered).hasPositiveValue();
        RunningHouse.eventually(() -> house.alsoServed().stream().noneMatch(first.toString()::equals));
    }

    @Test
    void aCorruptedVersionIsRefusedAndTheOldOneServesOn() throws Exception {
        ModelVersion good = house.serve(Checkpoints.qwen2());

        ModelVersion bad = house.publishCorrupted(Checkpoints.qwen2());

        RunningHouse.eventually(
                () -> house.get("/q/health/ready").body().contains("MODEL_INVALID: " + bad + " is refused"));
        assertThat(house.get("/q/health/ready").statusCode()).isEqualTo(200);
        assertThat(house.served()).hasValue(good.toString());
        assertThat(house.get("/q/metrics").body()).contains("plumbline_models_refused_total{model=\"policy\"}");
    }

    @Test
    void aPromptWhoseDeadlineHasPassedYieldsAnErrorRecord() {
        house.submit(prompt("late/1").build(), Map.of("plumbline-deadline", "2020-01-31T12:00:00Z"));
        house.submit(prompt("late/2").build(), Map.of("plumbline-deadline", "tomorrow"));
        house.submit(
                prompt("late/3")
                        .setStopping(Stopping.newBuilder().setMaxTokens(2))
                        .build(),
                Map.of("plumbline-deadline", "2120-01-31T12:00:00+01:00"));

        assertThat(rolloutOf("late/1").getError().getReason()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(rolloutOf("late/2").getError().getReason()).isEqualTo("INVALID_DEADLINE");
        assertThat(rolloutOf("late/2").getError().getField()).isEqualTo("plumbline-deadline");
        assertThat(rolloutOf("late/3").getSamplesCount()).isOne();
        assertThat(house.deadLetter("late/1")).isPresent();
    }

    @Test
    void aDeadlineThatPassesInTheMiddleOfAnswersCutsThemOffAndGoesOnWithTheRollout() {
        int attempt = 0;
        Optional<Incoming<Rollout>> cut;
        do {
            cut = cutOffInTheMiddle("cut/" + attempt++);
        } while (cut.isEmpty()); // the deadline passed, or all was said, before the answers stood still

        Rollout rollout = cut.get().message();
        assertThat(rollout.hasError()).as(rollout.getError().getMessage()).isFalse();
        assertThat(rollout.getSamplesList()).hasSizeBetween(1, MANY - 1).anySatisfy(sample -> {
            assertThat(sample.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_DEADLINE);
            assertThat(sample.getTokenIdsCount()).isBetween(1, 99);
            assertThat(sample.getLogprobsCount()).isEqualTo(sample.getTokenIdsCount());
        });
        assertThat(cut.get().headers()).containsKey("plumbline-deadline");
        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") == 0);
    }

    /** Answers that stand still, so that they cannot end before their deadline passes; empty if none had begun, or all had ended. */
    private static Optional<Incoming<Rollout>> cutOffInTheMiddle(String id) {
        house.submit(
                prompt(id)
                        .setSampling(Sampling.newBuilder().setNumSamples(MANY))
                        .setStopping(Stopping.newBuilder().setMaxTokens(100).setIgnoreEos(true))
                        .build(),
                Map.of("plumbline-deadline", Instant.now().plusSeconds(3).toString()));
        RunningHouse.eventually(() -> house.metric("plumbline_policy_running") > 0 || find(id).isPresent());
        int kept = house.control()
                .pauseGeneration(PauseGenerationRequest.newBuilder()
                        .setMode(PauseMode.PAUSE_MODE_KEEP)
                        .build())
                .getKept();
        try {
            Incoming<Rollout> record =
                    house.rolloutRecord(rollout -> rollout.getPrompt().getId().equals(id));
            return kept > 0 ? Optional.of(record) : Optional.empty();
        } finally {
            house.control().resumeGeneration(ResumeGenerationRequest.getDefaultInstance());
        }
    }

    private static Rollout rolloutOf(String id) {
        return house.rollout(rollout -> rollout.getPrompt().getId().equals(id));
    }

    private static Optional<Rollout> find(String id) {
        return house.rollouts().stream()
                .filter(rollout -> rollout.getPrompt().getId().equals(id))
                .findFirst();
    }

    private static Prompt.Builder prompt(String id) {
        return Prompt.newBuilder().setId(id).setText("hello");
    }

    private static RunContract run(String id, String policy) {
        return RunContract.newBuilder()
                .setRunId(id)
                .setState(RunState.RUN_STATE_RUNNING)
                .setPolicy(policy)
                .setSampling(Sampling.newBuilder()
                        .setTemperature(0.8f)
                        .setNumSamples(2)
                        .setSeed(42))
                .setStopping(Stopping.newBuilder().setMaxTokens(6))
                .build();
    }

    private static StepAdmitted admit(String run, long step, RecordIdentity record, ModelVersion minimum) {
        return StepAdmitted.newBuilder()
                .setRunId(run)
                .setStep(step)
                .setTopicId(record.topicId())
                .addWindows(Window.newBuilder()
                        .setPartition(record.partition())
                        .setFromOffset(record.offset())
                        .setToOffset(record.offset() + 1))
                .setMinPolicy(minimum.toString())
                .build();
    }
}
