package dev.plumbline.exchange;

import static dev.plumbline.exchange.TestHouse.prompt;
import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class LogTest {

    @Test
    void aWriterTellsWhereEachRecordIsAndAReaderFindsItThere(TestHouse house) throws Exception {
        List<RecordIdentity> written = house.sendPrompts(3);
        List<Fetched<Prompt>> read = house.read(house.topics().prompts());
        assertThat(read).extracting(Fetched::identity).containsExactlyElementsOf(written);
        assertThat(((Incoming<Prompt>) read.get(1)).key()).isEqualTo("p1");
        assertThat(((Incoming<Prompt>) read.get(1)).message()).isEqualTo(prompt("p1"));
    }

    @Test
    void headersGoWithTheRecord(TestHouse house) throws Exception {
        try (LogWriter writer = new LogWriter(house.topics())) {
            writer.send(house.topics().prompts(), prompt("a"), Map.of("traceparent", "t"))
                    .get();
        }
        assertThat(house.read(house.topics().prompts()).get(0).origin().headers())
                .containsEntry("traceparent", "t");
    }

    @Test
    void aReaderGoesOnFromAnyOffset(TestHouse house) throws Exception {
        house.sendPrompts(5);
        try (LogReader<Prompt> reader =
                new LogReader<>(house.topics(), house.topics().prompts())) {
            assertThat(reader.beginningOffsets()).containsExactly(Map.entry(0, 0L));
            assertThat(reader.endOffsets()).containsExactly(Map.entry(0, 5L));
            reader.seek(0, 3);
            assertThat(readTo(reader, 5))
                    .extracting(record -> record.identity().offset())
                    .containsExactly(3L, 4L);
            assertThat(reader.topicId())
                    .isEqualTo(house.topics().topicId(house.topics().prompts()));
        }
    }

    @Test
    void aRecordThatCannotBeReadIsReportedInItsPlace(TestHouse house) throws Exception {
        house.send(prompt("a"));
        house.sendRaw(RecordCodec.bytes("b"), new byte[] {(byte) 0xff}, Map.of());
        house.send(prompt("c"));
        List<Fetched<Prompt>> read = house.read(house.topics().prompts());
        assertThat(read).hasSize(3);
        assertThat(read.get(1)).isInstanceOf(Malformed.class);
        assertThat(read.get(1).origin().key()).isEqualTo("b");
    }

    @Test
    void recordsOfATransactionThatWasAbortedAreNotSeen(TestHouse house) {
        try (KafkaProducer<byte[], byte[]> producer = house.topics().settings().newTransactionalProducer("some")) {
            producer.initTransactions();
            producer.beginTransaction();
            var unused = producer.send(new ProducerRecord<>(
                    house.topics().prompts().name(), prompt("aborted").toByteArray()));
            producer.abortTransaction();
            producer.beginTransaction();
            unused = producer.send(new ProducerRecord<>(
                    house.topics().prompts().name(), prompt("kept").toByteArray()));
            producer.commitTransaction();
        }
        assertThat(house.read(house.topics().prompts()))
                .extracting(record -> ((Incoming<Prompt>) record).message().getId())
                .containsExactly("kept");
    }

    private static List<Fetched<Prompt>> readTo(LogReader<Prompt> reader, long end) {
        List<Fetched<Prompt>> read = new ArrayList<>();
        while (reader.position(0) < end) {
            read.addAll(reader.poll(Duration.ofMillis(100)));
        }
        return read;
    }
}
