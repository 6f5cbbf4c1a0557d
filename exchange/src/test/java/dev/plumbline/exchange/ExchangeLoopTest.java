package dev.plumbline.exchange;

import static dev.plumbline.exchange.TestHouse.drive;
import static dev.plumbline.exchange.TestHouse.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class ExchangeLoopTest {

    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void everyRecordIsAnsweredOnceUnderItsPromptsIdAndCommitted(TestHouse house) throws Exception {
        List<RecordIdentity> sent = house.sendPrompts(20);
        FakeResponder responder = FakeResponder.echo();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().answered() == 20);
        }
        assertThat(house.answeredIds())
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).mapToObj(i -> "p" + i).toList());
        assertThat(house.rollouts().stream().map(rollout -> RecordIdentity.of(rollout.getPosition())))
                .containsExactlyElementsOf(sent);
        assertThat(house.raw(house.topics().rollouts().name()).stream()
                        .map(record -> new String(record.key(), StandardCharsets.UTF_8)))
                .containsExactlyElementsOf(house.answeredIds());
        assertThat(house.committed().offset()).isEqualTo(20);
        assertThat(responder.acknowledged).hasSize(20);
    }

    @Test
    void theTraceContextTheDeadlineAndCloudEventExtensionsGoOnAndTheAnswerIsACloudEventOfItsOwn(TestHouse house)
            throws Exception {
        house.sendRaw(
                RecordCodec.bytes("a"),
                prompt("a").toByteArray(),
                Map.of(
                        "traceparent",
                        TRACE,
                        "tracestate",
                        "x=1",
                        "plumbline-deadline",
                        "2120-01-31T12:00:00Z",
                        "ce_id",
                        "other",
                        "ce_subject",
                        "s",
                        "private",
                        "p"));
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(FakeResponder.echo())) {
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(headers(house.raw(house.topics().rollouts().name()).get(0)))
                .containsEntry("traceparent", TRACE)
                .containsEntry("tracestate", "x=1")
                .containsEntry("plumbline-deadline", "2120-01-31T12:00:00Z")
                .containsEntry("ce_subject", "s")
                .containsEntry("ce_id", house.topics().topicId(house.topics().prompts()) + "/0/0")
                .containsEntry("ce_type", "plumbline.exchange.v1.Rollout")
                .containsEntry("ce_source", "/plumbline/policy-service")
                .containsEntry("content-type", "application/protobuf")
                .doesNotContainKey("private");
    }

    @Test
    void aJsonRecordIsReadWhenItsContentTypeSaysSo(TestHouse house) throws Exception {
        house.sendRaw(
                RecordCodec.bytes("j"),
                RecordCodec.bytes("{\"id\":\"j\",\"text\":\"Grüße\"}"),
                Map.of("Content-Type", "application/json; charset=utf-8"));
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(FakeResponder.echo())) {
            drive(loop, () -> loop.status().counts().answered() == 1);
        }
        assertThat(house.rollouts().get(0).getPrompt().getText()).isEqualTo("Grüße");
    }

    @Test
    void aPoisonedRecordGoesToTheDeadLettersWithItsBytesAndTheLoopGoesOn(TestHouse house) throws Exception {
        byte[] poison = {(byte) 0xff, 0x01, (byte) 0x80};
        house.send(prompt("before"));
        house.sendRaw(RecordCodec.bytes("bad"), poison, Map.of("mine", "kept"));
        house.send(prompt("after"));
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(FakeResponder.echo())) {
            drive(loop, () -> loop.status().counts().answered() == 2);
            drive(loop, () -> loop.status().counts().rejected().containsKey("MALFORMED_PROTOBUF"));
        }
        List<ConsumerRecord<byte[], byte[]>> dead = house.raw(house.topics().deadLetters());
        assertThat(dead).hasSize(1);
        assertThat(dead.get(0).value()).isEqualTo(poison);
        assertThat(dead.get(0).key()).isEqualTo(RecordCodec.bytes("bad"));
        assertThat(headers(dead.get(0)))
                .containsEntry("mine", "kept")
                .containsEntry("plumbline-error-reason", "MALFORMED_PROTOBUF")
                .containsEntry("plumbline-error-service", "policy-service")
                .containsEntry(
                        "plumbline-original-topic", house.topics().prompts().name())
                .containsEntry("plumbline-original-partition", "0")
                .containsEntry("plumbline-original-offset", "1");
        Rollout error =
                house.rollouts().stream().filter(Rollout::hasError).findFirst().orElseThrow();
        assertThat(error.getPrompt().getId()).isEqualTo("bad");
        assertThat(error.getPosition().getOffset()).isEqualTo(1);
        assertThat(error.getError().getReason()).isEqualTo("MALFORMED_PROTOBUF");
        assertThat(house.answeredIds()).contains("before", "after");
        assertThat(house.committed().offset()).isEqualTo(3);
    }

    @Test
    void aRecordWithoutValueIsRefusedAsWell(TestHouse house) throws Exception {
        house.sendRaw(RecordCodec.bytes("none"), null, Map.of());
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(FakeResponder.echo())) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("NO_VALUE"));
        }
        assertThat(house.rollouts().get(0).getError().getReason()).isEqualTo("NO_VALUE");
    }

    @Test
    void aRefusedRecordYieldsADeadLetterAndAnErrorRecordOnTheNormalTopic(TestHouse house) throws Exception {
        house.send(prompt("long"));
        FakeResponder responder = new FakeResponder((record, reply) -> {
            reply.reject(RecordError.newBuilder()
                    .setReason("CONTEXT_TOO_LONG")
                    .setMessage("the prompt has 5 tokens, the context 4")
                    .setField("text")
                    .build());
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("CONTEXT_TOO_LONG"));
        }
        Rollout rollout = house.rollouts().get(0);
        assertThat(rollout.getPrompt()).isEqualTo(prompt("long"));
        assertThat(rollout.getError().getService()).isEqualTo("policy-service");
        ConsumerRecord<byte[], byte[]> dead =
                house.raw(house.topics().deadLetters()).get(0);
        assertThat(dead.value()).isEqualTo(prompt("long").toByteArray());
        assertThat(headers(dead))
                .containsEntry("plumbline-error-field", "text")
                .containsEntry("plumbline-error-message", "the prompt has 5 tokens, the context 4");
        assertThat(house.committed().offset()).isEqualTo(1);
    }

    @Test
    void aRecordThatIsPassedOverIsCommittedWithoutAnswer(TestHouse house) throws Exception {
        house.sendPrompts(3);
        FakeResponder responder = new FakeResponder((record, reply) -> Offer.passed());
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> loop.status().counts().passed() == 3);
        }
        assertThat(house.rollouts()).isEmpty();
        assertThat(house.committed().offset()).isEqualTo(3);
    }

    @Test
    void notNowPausesThePartitionShowsWhyAndOffersTheSameRecordAgainInOrder(TestHouse house) throws Exception {
        house.sendPrompts(3);
        AtomicBoolean open = new AtomicBoolean();
        FakeResponder responder = new FakeResponder((record, reply) -> {
            if (!open.get() && record.message().getId().equals("p1")) {
                return Offer.notNow("no step has admitted it yet", Duration.ofMillis(30));
            }
            reply.answer(FakeResponder.rollout(record));
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> responder.offered.stream().filter("p1"::equals).count() >= 3);
            assertThat(responder.offered).doesNotContain("p2");
            assertThat(loop.status().partitions().get(0).waitsFor()).isEqualTo("no step has admitted it yet");
            drive(loop, () -> loop.status().lag() == 2);
            open.set(true);
            drive(loop, () -> loop.status().counts().answered() == 3);
            assertThat(loop.status().partitions().get(0).waitsFor()).isEmpty();
        }
        assertThat(house.answeredIds()).containsExactly("p0", "p1", "p2");
    }

    @Test
    void noMoreRecordsAreTakenThanMayBeOpen(TestHouse house) throws Exception {
        house.sendPrompts(10);
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder, 4)) {
            drive(loop, () -> responder.held.size() == 4);
            IntStream.range(0, 20).forEach(any -> loop.poll());
            assertThat(responder.offered).containsExactly("p0", "p1", "p2", "p3");
            assertThat(loop.status().inHand()).isEqualTo(4);
            responder.answer("p2");
            drive(loop, () -> responder.held.size() == 4);
            assertThat(responder.offered).endsWith("p4");
        }
    }

    @Test
    void onlyWhatComesBeforeTheFirstOpenRecordIsCommitted(TestHouse house) throws Exception {
        house.sendPrompts(4);
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> responder.held.size() == 4);
            responder.answer("p3");
            responder.answer("p1");
            responder.answer("p0");
            drive(loop, () -> loop.status().partitions().get(0).committed() == 2);
            assertThat(loop.status().counts().answered()).isEqualTo(3);
            responder.answer("p2");
            drive(loop, () -> loop.status().partitions().get(0).committed() == 4);
        }
        assertThat(house.answeredIds()).containsExactly("p3", "p1", "p0", "p2");
    }

    @Test
    void anAnswerThatIsTooLargeBecomesAnErrorRecord(TestHouse house) throws Exception {
        TestHouse small = TestHouse.create(house.topics()
                .settings()
                .withTopics(new TopicSettings(
                        house.topics().settings().topics().prefix() + "small.", true, 1, 0, 64 * 1024)));
        small.send(prompt("huge"));
        FakeResponder responder = new FakeResponder((record, reply) -> {
            reply.answer(FakeResponder.rollout(record).toBuilder()
                    .setTopic("x".repeat(100_000))
                    .build());
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = small.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("RECORD_TOO_LARGE"));
        }
        assertThat(small.rollouts()).hasSize(1);
        assertThat(small.rollouts().get(0).getPrompt().getId()).isEqualTo("huge");
        assertThat(small.rollouts().get(0).getError().getReason()).isEqualTo("RECORD_TOO_LARGE");
        assertThat(small.raw(small.topics().deadLetters())).hasSize(1);
    }

    @Test
    void aPromptSoLargeThatItsErrorRecordDoesNotFitIsReportedByIdAlone(TestHouse house) throws Exception {
        TestHouse small = TestHouse.create(house.topics()
                .settings()
                .withTopics(new TopicSettings(
                        house.topics().settings().topics().prefix() + "small.", true, 1, 0, 64 * 1024)));
        Prompt prompt = Prompt.newBuilder()
                .setId("big")
                .setTextBytes(ByteString.copyFrom(new byte[65_400]))
                .build();
        small.send(prompt);
        FakeResponder responder = new FakeResponder((record, reply) -> {
            reply.reject(RecordError.newBuilder().setReason("CONTEXT_TOO_LONG").build());
            return Offer.accepted();
        });
        try (ExchangeLoop<Prompt, Rollout> loop = small.loop(responder)) {
            drive(loop, () -> loop.status().counts().rejected().containsKey("CONTEXT_TOO_LONG"));
        }
        assertThat(small.rollouts().get(0).getPrompt())
                .isEqualTo(Prompt.newBuilder().setId("big").build());
        assertThat(small.raw(small.topics().deadLetters()).get(0).value()).isEqualTo(prompt.toByteArray());
    }

    @Test
    void aDrainingLoopTakesNothingNewAndFinishesWhatItHas(TestHouse house) throws Exception {
        house.sendPrompts(2);
        FakeResponder responder = FakeResponder.holding();
        try (ExchangeLoop<Prompt, Rollout> loop = house.loop(responder)) {
            drive(loop, () -> responder.held.size() == 2);
            loop.drain();
            house.send(prompt("late"));
            responder.answer("p0");
            responder.answer("p1");
            drive(loop, () -> loop.status().isIdle() && loop.status().counts().answered() == 2);
            IntStream.range(0, 20).forEach(any -> loop.poll());
            assertThat(responder.offered).doesNotContain("late");
            loop.resume();
            drive(loop, () -> responder.held.containsKey("late"));
        }
        assertThat(house.committed().offset()).isEqualTo(2);
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        return headers;
    }
}
