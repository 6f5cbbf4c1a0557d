package dev.plumbline.exchange;

import static dev.plumbline.exchange.TestHouse.drive;
import static dev.plumbline.exchange.TestHouse.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class ExchangeLoopRestartTest {

    @Test
    void aRestartInTheMiddleLosesNothingAndRepeatsOnlyWhatWasNotCommitted(TestHouse house) throws Exception {
        house.sendPrompts(6);
        FakeResponder first = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(first)) {
            drive(loop, () -> first.held.size() == 6);
            first.answer("p0");
            first.answer("p1");
            first.answer("p4");
            drive(loop, () -> loop.status().counts().answered() == 3);
        }
        assertThat(first.dropped).containsExactly("p2", "p3", "p5");
        assertThat(house.committed().offset()).isEqualTo(2);

        FakeResponder second = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(second)) {
            drive(loop, () -> loop.status().counts().answered() == 4);
        }
        assertThat(second.offered).containsExactly("p2", "p3", "p4", "p5");
        assertThat(house.answeredIds()).containsExactlyInAnyOrder("p0", "p1", "p4", "p2", "p3", "p4", "p5");
        assertThat(house.committed().offset()).isEqualTo(6);
    }

    @Test
    void aProcessThatDiesWithoutAWordIsReplacedAndItsOpenRecordsAreAnswered(TestHouse house) throws Exception {
        house.sendPrompts(3);
        FakeResponder dying = FakeResponder.holding();
        // A member that is not polled for a second has died; its successor does not ask it.
        ExchangeLoop<Prompt, Rollout> dead =
                house.with(Map.of("max.poll.interval.ms", "1000")).loop(dying);
        drive(dead, () -> dying.held.size() == 3);
        dying.answer("p0");
        drive(dead, () -> dead.status().partitions().get(0).committed() == 1);

        FakeResponder successor = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(successor)) {
            drive(loop, () -> loop.status().counts().answered() == 2);
            assertThat(successor.offered).containsExactly("p1", "p2");

            // The dead one wakes up: its answers have no effect, its offsets are not committed.
            dying.answer("p1");
            drive(
                    List.of(dead, loop),
                    () -> dying.dropped.containsAll(List.of("p1", "p2"))
                            || dead.status().partitions().isEmpty());
        }
        dead.close();
        assertThat(house.committed().offset()).isEqualTo(3);
    }

    @Test
    void whatIsAbandonedIsNeitherAnsweredNorCommittedAndGoesToTheNextOwner(TestHouse house) throws Exception {
        house.sendPrompts(2);
        FakeResponder first = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(first)) {
            drive(loop, () -> first.held.size() == 2);
            loop.drain();
            first.answer("p0");
            first.take("p1").abandon();
            drive(loop, () -> loop.status().isIdle());
        }
        assertThat(house.committed().offset()).isEqualTo(1);
        FakeResponder next = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(next)) {
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(next.offered).containsExactly("p1");
        assertThat(house.answeredIds()).containsExactly("p0", "p1");
    }

    @Test
    void whatIsAbandonedWithoutARestartIsOfferedAgainBeforeNewRecords(TestHouse house) throws Exception {
        house.sendPrompts(2);
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder, 1)) {
            drive(loop, () -> responder.held.containsKey("p0"));
            responder.take("p0").abandon();
            drive(loop, () -> responder.held.containsKey("p0"));
            responder.answer("p0");
            drive(loop, () -> responder.held.containsKey("p1"));
            responder.answer("p1");
            drive(loop, () -> loop.status().counts().answered() == 2);
        }
        assertThat(responder.offered).containsExactly("p0", "p0", "p1");
    }

    @Test
    void aNewMemberGetsItsShareAndNothingIsLostOrStuck(TestHouse house) throws Exception {
        TestHouse wide = TestHouse.create(house.topics()
                        .settings()
                        .withTopics(house.topics()
                                .settings()
                                .topics()
                                .withPartitions(4)
                                .withPrefix(house.topics().settings().topics().prefix() + "wide.")))
                .with(Map.of("heartbeat.interval.ms", "200"));
        wide.sendPrompts(40);
        FakeResponder one = FakeResponder.holding();
        FakeResponder two = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> first = wide.loop(one, 10)) {
            drive(first, () -> one.held.size() == 10);
            try (ExchangeLoop<Prompt, Rollout> second = wide.loop(two)) {
                drive(
                        List.of(first, second),
                        () -> first.status().partitions().size() == 2
                                && second.status().partitions().size() == 2);
                drive(List.of(first, second), () -> second.status().lag() == 0);
            }
            // The second is gone again; the first answers what it still has and what came back.
            drive(first, () -> {
                List.copyOf(one.held.keySet()).forEach(one::answer);
                return first.status().partitions().size() == 4 && first.status().lag() == 0;
            });
        }
        Set<String> answered = new TreeSet<>(wide.answeredIds());
        assertThat(answered)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 40).mapToObj(i -> "p" + i).toList());
    }

    @Test
    void aLoopThatLeavesGivesItsPartitionsToOthersAndMayComeBack(TestHouse house) throws Exception {
        FakeResponder responder = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().partitions().size() == 1);
            loop.leave();
            drive(loop, () -> loop.status().partitions().isEmpty());
            FakeResponder other = FakeResponder.echo();
            try (ExchangeLoop<Prompt, Rollout> owner = house.loop(other)) {
                house.send(prompt("a"));
                drive(List.of(owner, loop), () -> owner.status().counts().answered() == 1);
            }
            loop.resume();
            house.send(prompt("b"));
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(responder.offered).containsExactly("b");
    }
}
