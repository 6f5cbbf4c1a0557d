package dev.plumbline.exchange;

import static dev.plumbline.exchange.TestHouse.drive;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class DefectTest {

    @Test
    void aRecordThatFailsIsTriedOnceMoreAloneAndThenRefused(TestHouse house) throws Exception {
        house.sendPrompts(4);
        List<Integer> besides = new ArrayList<>();
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> responder.held.size() == 4);
            responder.take("p1").defect(new IllegalStateException("shapes differ"));
            drive(loop, () -> loop.status().counts().defects() == 1);
            assertThat(responder.offered).hasSize(4);
            List.of("p0", "p2", "p3").forEach(responder::answer);
            drive(loop, () -> responder.held.containsKey("p1"));
            besides.add(loop.status().inHand());
            responder.take("p1").defect(new IllegalStateException("shapes differ"));
            drive(loop, () -> loop.status().counts().rejected().containsKey("DEFECT"));
        }
        assertThat(besides).containsExactly(1);
        assertThat(responder.offered).containsExactly("p0", "p1", "p2", "p3", "p1");
        Rollout refused =
                house.rollouts().stream().filter(Rollout::hasError).findFirst().orElseThrow();
        assertThat(refused.getPrompt().getId()).isEqualTo("p1");
        assertThat(refused.getError().getMessage()).contains("shapes differ");
        assertThat(house.raw(house.topics().deadLetters())).hasSize(1);
        assertThat(house.committed().offset()).isEqualTo(4);
        assertThat(house.committed().metadata()).isEmpty();
    }

    @Test
    void nothingNewIsTakenWhileASuspectIsTriedAlone(TestHouse house) throws Exception {
        house.sendPrompts(3);
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder, 1)) {
            drive(loop, () -> responder.held.containsKey("p0"));
            responder.take("p0").defect(new IllegalStateException("once"));
            drive(loop, () -> responder.held.containsKey("p0"));
            for (int i = 0; i < 10; i++) {
                loop.poll();
            }
            assertThat(responder.offered).containsExactly("p0", "p0");
            responder.answer("p0");
            drive(loop, () -> responder.held.containsKey("p1"));
        }
        assertThat(house.answeredIds()).containsExactly("p0");
    }

    @Test
    void anExceptionFromTheResponderIsADefectOfThatRecordOnly(TestHouse house) throws Exception {
        house.sendPrompts(2);
        FakeResponder responder = new FakeResponder((record, reply) -> {
            if (record.message().getId().equals("p0")) {
                throw new IllegalArgumentException("unexpected");
            }
            reply.answer(FakeResponder.rollout(record));
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("DEFECT"));
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(house.committed().offset()).isEqualTo(2);
    }

    @Test
    void theFailedAttemptSurvivesARestart(TestHouse house) throws Exception {
        house.sendPrompts(3);
        FakeResponder first = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(first)) {
            drive(loop, () -> first.held.size() == 3);
            first.take("p1").defect(new IllegalStateException("before"));
            drive(loop, () -> loop.status().counts().defects() == 1);
        }
        assertThat(house.committed().offset()).isZero();
        assertThat(house.committed().metadata()).isEqualTo("attempts 1=1");

        FakeResponder second = new FakeResponder((record, reply) -> {
            if (record.message().getId().equals("p1")) {
                reply.defect(new IllegalStateException("after"));
            } else {
                reply.answer(FakeResponder.rollout(record));
            }
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(second)) {
            drive(loop, () -> loop.status().counts().answered() == 2);
            drive(loop, () -> loop.status().counts().rejected().containsKey("DEFECT"));
            assertThat(loop.status().counts().defects()).isEqualTo(1);
        }
        assertThat(second.offered.stream().filter("p1"::equals)).hasSize(1);
        assertThat(house.committed().offset()).isEqualTo(3);
    }

    @Test
    void theAttemptIsCommittedBeforeTheSecondTryBegins(TestHouse house) throws Exception {
        house.sendPrompts(1);
        List<String> metadata = new ArrayList<>();
        FakeResponder responder = new FakeResponder((record, reply) -> {
            try {
                metadata.add(house.committed().metadata());
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            reply.defect(new IllegalStateException("always"));
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("DEFECT"));
        }
        assertThat(metadata).containsExactly("", "attempts 0=1");
    }

    @Test
    void aRecordThatFailedTwiceBeforeARestartIsRefusedWithoutAnotherTry(TestHouse house) throws Exception {
        house.sendPrompts(2);
        house.commit(0, "attempts 0=2");
        FakeResponder responder = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("DEFECT"));
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(responder.offered).containsExactly("p1");
    }
}
