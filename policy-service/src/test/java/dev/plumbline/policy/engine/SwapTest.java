package dev.plumbline.policy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.lm.generate.EngineSettings;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.policy.model.KeyValueBudget;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.model.TestShelf;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of answers when another version is served; the test is the thread that polls. */
class SwapTest extends SwappedRoom {
    private static final long SEED = 77;

    SwapTest() {
        super(new EngineSettings(SLOTS, 4096, ComputeSettings.cpu(1)), new KeyValueBudget(2L << 30, 256 << 20, 1));
    }

    @Test
    void runningAnswersGoOnWithWhatIsServedNowAndTheirVersionIsClosed() {
        Collected answer = submit(served(), SLOTS, 40);
        poll(10);

        swap();
        poll(2);

        assertThat(shelf.inMemory()).as("the version before is gone").isOne();
        pollUntilEmpty();
        assertThat(answer.finished).isTrue();
        assertThat(answer.version).hasValue(NEW);
        assertThat(answer.spans.values()).hasSize(SLOTS).containsOnly(List.of(span(OLD, 0, 10), span(NEW, 10, 40)));
        assertThat(answer.samples).allSatisfy(sample -> {
            assertThat(sample.ids()).containsExactly(answer.tokens(sample.index()));
            assertThat(sample.text()).isEqualTo(answer.text(sample.index()));
        });
        assertForced(answer);
    }

    @Test
    void answersGoOnWithTheVersionBeforeIfThatIsServedAgain() {
        TestShelf.add(shelf, NEW, checkpoint(NEW), loader);
        TestShelf.serve(shelf, NEW);
        Collected answer = submit(served(), 2, 20);
        poll(5);

        TestShelf.serve(shelf, OLD);
        TestShelf.retire(shelf, NEW);
        poll(2);

        assertThat(shelf.inMemory())
                .as("the version that was taken back is gone")
                .isOne();
        pollUntilEmpty();
        assertThat(answer.spans.values()).hasSize(2).containsOnly(List.of(span(NEW, 0, 5), span(OLD, 5, 20)));
        assertForced(answer);
    }

    @Test
    void whatTheSwitchTookAndWhatRunningStreamsNoticedIsMeasured() {
        submit(served(), 2, 60);
        poll(3);

        TestShelf.expect(shelf, Optional.of(NEW));
        poll(3);
        swap();
        TestShelf.expect(shelf, Optional.empty());
        poll(3);

        assertThat(registry.get("plumbline.model.swap")
                        .tag("phase", "switch")
                        .timer()
                        .totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
        assertThat(registry.get("plumbline.model.swap.stall").timer().count()).isOne();
        assertThat(registry.get("plumbline.model.swap.stall").timer().totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
    }

    @Test
    void answersFinishOnTheirVersionUnlessTheyAreToGoOn() {
        room = room(Swap.FINISH);
        Collected answer = submit(served(), 2, 20);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(answer.version).hasValue(OLD);
        assertThat(answer.spans.values()).containsOnly(List.of(span(OLD, 0, 20)));
        assertThat(shelf.inMemory()).isOne();
    }

    @Test
    void whoAskedForAVersionByNameKeepsIt() {
        Collected answer = submit(shelf.lease(OLD).orElseThrow(), 1, 20);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(answer.spans.get(0)).containsExactly(span(OLD, 0, 20));
    }

    @Test
    void theNewestOfARunGoesOnOnlyWithVersionsThatItMayUse() {
        Collected barred = submit(
                shelf.leaseNewest("policy", version -> version.equals(OLD)).orElseThrow(), 1, 20);
        Collected free = submit(shelf.leaseNewest("policy", version -> true).orElseThrow(), 1, 20);
        poll(5);

        TestShelf.add(shelf, NEW, checkpoint(NEW), loader);
        pollUntilEmpty();

        assertThat(shelf.served()).hasValue(OLD);
        assertThat(barred.spans.get(0)).containsExactly(span(OLD, 0, 20));
        assertThat(free.spans.get(0)).containsExactly(span(OLD, 0, 5), span(NEW, 5, 20));
    }

    @Test
    void whatHasNotBegunBeginsOnTheNewVersion() {
        Collected many = submit(served(), SLOTS + 2, 20);
        Collected queued = submit(served(), 1, 10);
        poll(5);

        swap();
        pollUntilEmpty();

        assertThat(many.samples).hasSize(SLOTS + 2);
        assertThat(many.spans.get(0)).containsExactly(span(OLD, 0, 5), span(NEW, 5, 20));
        assertThat(many.spans.get(SLOTS + 1)).containsExactly(span(NEW, 0, 20));
        assertThat(queued.spans.get(0)).containsExactly(span(NEW, 0, 10));
    }

    @Test
    void answersThatFindNoRoomInTheNewVersionFinishOnTheirs() {
        Collected answer = submit(served(), SLOTS, 20);
        poll(5);

        TestShelf.add(shelf, NEW, checkpoint(NEW), TestShelf.loader(SLOTS - 1));
        TestShelf.serve(shelf, NEW);
        TestShelf.retire(shelf, OLD);
        pollUntilEmpty();

        assertThat(answer.spans.values()).containsOnly(List.of(span(OLD, 0, 20)));
        assertThat(shelf.inMemory()).isOne();
    }

    private static ModelVersionSpan span(ModelVersion version, int from, int to) {
        return ModelVersionSpan.newBuilder()
                .setModel(version.toString())
                .setFromToken(from)
                .setToToken(to)
                .build();
    }

    private void swap() {
        swap(NEW);
    }

    private Collected submit(ModelLease lease, int samples, int tokens) {
        return Collected.submit(room, lease, EngineRoomTest.plan(SEED, samples, tokens, Turn.ofCall(0)));
    }

    private void poll(int times) {
        for (int i = 0; i < times; i++) {
            room.poll();
        }
    }
}
