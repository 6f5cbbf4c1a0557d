package dev.plumbline.policy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.policy.Checkpoints;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.serving.client.Channels;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.meter.ServingMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real versions in a real store; the test is the thread that polls. */
class ModelFollowerTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final HouseView view = new HouseView();
    private final ModelShelf shelf = new ModelShelf();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private ModelStore store;
    private ModelFollower follower;

    @BeforeEach
    void open(@TempDir Path directory) {
        store = new ModelStore(directory.resolve("store"));
        ModelFetcher fetcher = new ModelFetcher(
                directory.resolve("cache"), target -> Channels.open(target, false), Duration.ofSeconds(10));
        follower = new ModelFollower(
                new ModelFollower.Target("policy", 3),
                view,
                new ModelFollower.Supply(fetcher, TestShelf.loader(2), new ServingMeters(registry), () -> now),
                shelf);
    }

    @AfterEach
    void close() {
        shelf.available().forEach(shelf::retire);
        shelf.takeUnused().forEach(LoadedModel::close);
    }

    @Test
    void nothingIsServedBeforeAnythingIsPublished() {
        assertThat(follower.poll()).isZero();

        assertThat(shelf.served()).isEmpty();
        assertThat(follower.trouble()).isEmpty();
    }

    @Test
    void theNewestVersionIsServedAndTheOneBeforeItLetGo() {
        publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        ModelVersion second = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();

        assertThat(shelf.served()).hasValue(second);
        assertThat(shelf.available()).containsExactly(second);
        assertThat(registry.get("plumbline.model.version")
                        .tag("model", "policy")
                        .gauge()
                        .value())
                .isEqualTo(2);
    }

    @Test
    void aVersionStillInUseStaysInMemoryUntilItsLastLeaseEnds() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        try (ModelLease lease = shelf.leaseServed().orElseThrow()) {
            publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
            follow();

            assertThat(lease.version()).isEqualTo(first);
            assertThat(shelf.takeUnused()).isEmpty();
            assertThat(shelf.lease(first)).isEmpty();
        }
        assertThat(shelf.takeUnused()).singleElement().satisfies(model -> {
            assertThat(model.version()).isEqualTo(first);
            assertThat(shelf.inMemory()).as("until it is closed").isEqualTo(2);
            model.close();
            assertThat(shelf.inMemory()).isOne();
        });
    }

    @Test
    void aDamagedVersionIsRefusedAndTheOneBeforeItServesOn() throws Exception {
        ModelVersion good = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        StoredModel damaged = stage(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        damage(damaged);
        announce(damaged);
        follow();

        assertThat(shelf.served()).hasValue(good);
        assertThat(follower.trouble())
                .hasValueSatisfying(trouble ->
                        assertThat(trouble).contains("MODEL_INVALID", "policy@2 is refused", "model.safetensors"));
        assertThat(registry.get("plumbline.models.refused").counter().count()).isOne();
    }

    @Test
    void aNewVersionEndsTheTroubleWithABadOne() throws Exception {
        publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        StoredModel damaged = stage(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        damage(damaged);
        announce(damaged);
        follow();
        ModelVersion third = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();

        assertThat(shelf.served()).hasValue(third);
        assertThat(follower.trouble()).isEmpty();
    }

    @Test
    void aFreshStartFallsBackToTheNewestVersionThatIsWhole() throws Exception {
        ModelVersion good = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        StoredModel damaged = stage(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        damage(damaged);
        announce(damaged);
        follow();

        assertThat(shelf.served()).hasValue(good);
    }

    @Test
    void aRewardModelIsNoPolicy() {
        publish(Checkpoints.qwen2Reward(), "policy", ModelOrigin.imported());
        follow();

        assertThat(shelf.served()).isEmpty();
        assertThat(follower.trouble())
                .hasValueSatisfying(trouble -> assertThat(trouble).contains("MODEL_INVALID"));
    }

    @Test
    void aSourceThatIsAwayIsAskedAgain() {
        view.apply(ModelPublished.newBuilder()
                .setName("policy")
                .setVersion(1)
                .setUri("grpc://127.0.0.1:1/policy/1")
                .setManifestSha256("00")
                .build());
        follow();
        assertThat(follower.trouble())
                .hasValueSatisfying(trouble -> assertThat(trouble).contains("policy@1 cannot be loaded for now"));

        ModelVersion second = publishAfter(1);
        assertThat(follower.poll()).isZero();
        now = now.plusSeconds(1);
        follow();

        assertThat(shelf.served()).hasValue(second);
        assertThat(follower.trouble()).isEmpty();
    }

    @Test
    void aVersionAskedForByNameIsLoadedBesideTheServedOne() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion second = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        assertThat(shelf.available()).containsExactly(second);

        follower.want(first);
        follow();

        assertThat(shelf.available()).containsExactly(first, second);
        assertThat(shelf.served()).hasValue(second);
    }

    @Test
    void aVersionAskedForByNameIsLetGoWhenNobodyAsksAnyMore() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion second = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follower.want(first);
        follow();

        now = now.plus(Duration.ofMinutes(11));
        follow();

        assertThat(shelf.available()).containsExactly(second);
    }

    @Test
    void aNewVersionGoesBeforeOnesThatWereAskedForByName() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion second = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion third = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follower.want(first);
        follower.want(second);
        follow();
        assertThat(shelf.available()).containsExactly(first, second, third);

        ModelVersion fourth = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();

        assertThat(shelf.served()).hasValue(fourth);
        assertThat(shelf.available()).containsExactly(fourth);
    }

    @Test
    void theNewestVersionOfAnActiveRunIsLoadedWhateverItsName() {
        publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion ofRun = publish(Checkpoints.qwen2(), "ppo", new ModelOrigin("policy@1", "run-1", 0));
        view.apply(run(RunState.RUN_STATE_RUNNING));
        follow();
        assertThat(shelf.available()).contains(ofRun);

        view.apply(run(RunState.RUN_STATE_SUCCEEDED));
        follow();

        assertThat(shelf.available()).doesNotContain(ofRun);
    }

    @Test
    void anOrderedVersionIsHeldAgainstNewerOnesUntilTheNewestIsFollowedAgain() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        ModelVersion second = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        CompletableFuture<ServedChange> order = follower.serve(first);
        follow();
        assertThat(order.join()).isEqualTo(new ServedChange(Optional.of(first), Optional.of(second)));

        ModelVersion third = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        assertThat(shelf.served()).hasValue(first);
        assertThat(follower.held()).hasValue(first);

        assertThat(follower.followNewest().served()).hasValue(first);
        follow();
        assertThat(shelf.served()).hasValue(third);
        assertThat(follower.held()).isEmpty();
    }

    @Test
    void anOrderForAVersionInMemoryWaitsForNobody() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        follow();
        try (ModelLease lease = shelf.leaseServed().orElseThrow()) {
            publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
            follow();

            assertThat(follower.serve(first)).isCompleted();

            assertThat(shelf.served()).hasValue(lease.version());
        }
    }

    @Test
    void anOrderGetsTheFirstRoomThatIsFreeUnlessItIsCalledOff() {
        ModelVersion first = publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
        List<ModelLease> leases = new ArrayList<>();
        for (int each = 0; each < 3; each++) {
            publish(Checkpoints.qwen2(), "policy", ModelOrigin.imported());
            follow();
            leases.add(shelf.leaseServed().orElseThrow());
        }
        CompletableFuture<ServedChange> calledOff = follower.serve(first);
        CompletableFuture<ServedChange> order = follower.serve(first);
        follow();
        assertThat(order).isNotDone();

        calledOff.cancel(false);
        leases.remove(0).close();
        follow();

        assertThat(order.join().served()).hasValue(first);
        leases.forEach(ModelLease::close);
    }

    @Test
    void anOrderForAVersionThatCannotBeFetchedFailsAndChangesNothing() {
        view.apply(ModelPublished.newBuilder()
                .setName("policy")
                .setVersion(1)
                .setUri("grpc://127.0.0.1:1/policy/1")
                .setManifestSha256("00")
                .build());
        ModelVersion second = publishAfter(1);
        follow();

        CompletableFuture<ServedChange> order = follower.serve(new ModelVersion("policy", 1));
        follow();

        assertThatThrownBy(order::join)
                .cause()
                .isInstanceOfSatisfying(
                        NotNow.class, error -> assertThat(error.reason()).isEqualTo("MODEL_SOURCE_AWAY"));
        assertThat(shelf.served()).hasValue(second);
        assertThat(follower.held()).isEmpty();
    }

    private static RunContract run(RunState state) {
        return RunContract.newBuilder()
                .setRunId("run-1")
                .setState(state)
                .setPolicy("ppo")
                .build();
    }

    /** Polls until there is nothing to do, and frees what was let go, as the engine's thread would. */
    private void follow() {
        while (follower.poll() > 0) {
            shelf.takeUnused().forEach(LoadedModel::close);
        }
        shelf.takeUnused().forEach(LoadedModel::close);
        while (follower.poll() > 0) {
            shelf.takeUnused().forEach(LoadedModel::close);
        }
    }

    private ModelVersion publish(Path checkpoint, String name, ModelOrigin origin) {
        StoredModel model = stage(checkpoint, name, origin);
        announce(model);
        return model.version();
    }

    private ModelVersion publishAfter(long version) {
        try (Staging staging = store.begin("policy")) {
            staging.copyFrom(Checkpoints.qwen2());
            StoredModel model = staging.commit(ModelOrigin.imported(), version);
            announce(model);
            return model.version();
        }
    }

    private StoredModel stage(Path checkpoint, String name, ModelOrigin origin) {
        try (Staging staging = store.begin(name)) {
            staging.copyFrom(checkpoint);
            return staging.commit(origin);
        }
    }

    private static void damage(StoredModel model) throws Exception {
        Path weights = model.directory().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
    }

    private void announce(StoredModel model) {
        ModelOrigin origin = model.manifest().origin();
        ModelPublished.Builder published = ModelPublished.newBuilder()
                .setName(model.version().name())
                .setVersion(model.version().version())
                .setUri(model.directory().toUri().toString())
                .setManifestSha256(model.manifestSha256())
                .setRunId(origin.runId());
        if (origin.step() != ModelOrigin.NO_STEP) {
            published.setStep(origin.step());
        }
        view.apply(published.build());
    }
}
