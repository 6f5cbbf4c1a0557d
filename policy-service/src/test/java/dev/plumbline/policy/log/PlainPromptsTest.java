package dev.plumbline.policy.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelFollower;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.Seeds;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Purpose;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.serving.client.Channels;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainPromptsTest {
    private static final ModelVersion SERVED = new ModelVersion("policy", 2);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final HouseView view = new HouseView();
    private final ModelShelf shelf = TestShelf.serving(SERVED, Checkpoints.qwen2(), TestShelf.loader(1));
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private PlainPrompts desk;

    @BeforeEach
    void open(@TempDir Path directory) {
        ServingMeters meters = new ServingMeters(new SimpleMeterRegistry());
        ModelFetcher fetcher =
                new ModelFetcher(directory, target -> Channels.open(target, false), Duration.ofSeconds(1));
        ModelFollower follower = new ModelFollower(
                new ModelFollower.Target("policy", 2),
                view,
                new ModelFollower.Supply(fetcher, TestShelf.loader(1), meters, () -> now),
                shelf);
        desk = new PlainPrompts(
                view,
                Records.answering(shelf, meters),
                follower,
                new UnknownSince(PATIENCE, () -> now),
                new PlainPrompts.OwnSeeds(7, () -> 123));
    }

    @AfterEach
    void close() {
        shelf.available().forEach(version -> TestShelf.retire(shelf, version));
        shelf.takeUnused().forEach(LoadedModel::close);
    }

    @Test
    void aProducersPromptIsAnsweredByWhatIsServed() {
        Assignment assignment = assigned(prompt());

        assertThat(assignment.lease().version()).isEqualTo(SERVED);
        assertThat(assignment.membership()).isEmpty();
    }

    @Test
    void itsSeedIsItsOwnElseOfItsIdElseOfChance() {
        assertThat(assigned(prompt().setSampling(Sampling.newBuilder().setSeed(5)))
                        .plan()
                        .seed())
                .isEqualTo(5);
        assertThat(assigned(prompt()).plan().seed()).isEqualTo(Seeds.ofPromptId(7, "a prompt"));
        assertThat(assigned(prompt().clearId()).plan().seed()).isEqualTo(123);
    }

    @Test
    void anEvaluationPromptIsSeededByItsRun() {
        view.apply(run(RunState.RUN_STATE_RUNNING));

        assertThat(assigned(evaluation().setFeedIndex(3)).plan().seed()).isEqualTo(Seeds.ofFeedIndex(42, 3));
        assertThat(assigned(evaluation()).plan().seed()).isEqualTo(Seeds.ofPromptId(42, "a prompt"));
    }

    @Test
    void nobodyNeedsTheEvaluationOfARunThatHasEnded() {
        view.apply(run(RunState.RUN_STATE_FAILED));

        assertThat(desk.assign(Records.at(0, evaluation()))).isEmpty();
    }

    @Test
    void aRunThatNoFeedKnowsYetIsWaitedForButNotForEver() {
        assertThat(waits(evaluation()).reason()).isEqualTo("UNKNOWN_RUN");

        now = now.plus(PATIENCE);

        CallerFault fault = refused(evaluation());
        assertThat(fault.reason()).isEqualTo("UNKNOWN_RUN");
        assertThat(fault.message()).contains("no feed knows the run run-1, not even after 30 s");
    }

    @Test
    void aRequiredVersionIsWaitedForWhileItIsLoaded() {
        view.apply(ModelPublished.newBuilder().setName("policy").setVersion(1).build());

        assertThat(waits(prompt().setRequiredModel("policy@1")).message()).contains("policy@1 is being loaded");
        assertThat(assigned(prompt().setRequiredModel("policy@2")).lease().version())
                .isEqualTo(SERVED);
    }

    @Test
    void aVersionThatNobodyPublishedIsWaitedForButNotForEver() {
        assertThat(waits(prompt().setRequiredModel("policy@9")).reason()).isEqualTo("UNKNOWN_MODEL");

        now = now.plus(PATIENCE);

        assertThat(refused(prompt().setRequiredModel("policy@9")).violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.field()).isEqualTo("required_model"));
    }

    @Test
    void aModelIsWrittenWithItsVersion() {
        assertThat(refused(prompt().setRequiredModel("policy")).reason()).isEqualTo("INVALID_MODEL");
    }

    @Test
    void withoutAnyModelPromptsWait() {
        TestShelf.retire(shelf, SERVED);

        assertThat(waits(prompt()).reason()).isEqualTo("NO_MODEL");
    }

    @Test
    void aRefusedPromptHoldsNoModel() {
        refused(prompt().setSampling(Sampling.newBuilder().setTemperature(-1)));
        TestShelf.retire(shelf, SERVED);

        assertThat(shelf.takeUnused()).singleElement().satisfies(LoadedModel::close);
    }

    private Assignment assigned(Prompt.Builder prompt) {
        Assignment assignment = desk.assign(record(prompt)).orElseThrow();
        assignment.lease().close();
        return assignment;
    }

    private NotNow waits(Prompt.Builder prompt) {
        return catchThrowableOfType(NotNow.class, () -> desk.assign(record(prompt)));
    }

    private CallerFault refused(Prompt.Builder prompt) {
        return catchThrowableOfType(CallerFault.class, () -> desk.assign(record(prompt)));
    }

    private static Incoming<Prompt> record(Prompt.Builder prompt) {
        return Records.at(0, prompt);
    }

    private static Prompt.Builder prompt() {
        return Prompt.newBuilder().setId("a prompt").setText("hello");
    }

    private static Prompt.Builder evaluation() {
        return prompt().setRunId("run-1").setPurpose(Purpose.PURPOSE_EVALUATION);
    }

    private static RunContract run(RunState state) {
        return RunContract.newBuilder()
                .setRunId("run-1")
                .setState(state)
                .setPolicy("policy")
                .setSampling(Sampling.newBuilder().setSeed(42))
                .build();
    }
}
