package dev.plumbline.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class FeedsTest {

    private static final String DEPLOYMENT = "trainer";

    @Test
    void whatIsPublishedIsReadFromTheStartInOrder(TestHouse house) {
        try (FeedWriter writer = new FeedWriter(house.topics(), DEPLOYMENT)) {
            writer.publish(run("r", RunState.RUN_STATE_PENDING));
            writer.publish(run("r", RunState.RUN_STATE_RUNNING));
            writer.publish(model("policy", 1));
            writer.publish(model("policy", 2));
            writer.publish(step("r", 1));
            writer.deleteModels(List.of(new ModelVersion("policy", 1)));
        }
        HouseView view = readBack(house);
        assertThat(view.run("r")).map(RunContract::getState).contains(RunState.RUN_STATE_RUNNING);
        assertThat(view.models()).containsExactly(model("policy", 2));
        assertThat(view.steps("r")).containsExactly(step("r", 1));
    }

    @Test
    void aReaderSeesWhatComesLater(TestHouse house) {
        List<String> keys = new ArrayList<>();
        Feed<ModelPublished> feed = new Feed<>(house.topics().models(), (key, model) -> keys.add(key));
        try (FeedReader reader = new FeedReader(house.topics(), List.of(feed));
                FeedWriter writer = new FeedWriter(house.topics(), DEPLOYMENT)) {
            reader.readToEnd();
            assertThat(keys).isEmpty();
            writer.publish(model("policy", 1));
            long deadline = System.nanoTime() + TestHouse.PATIENCE.toNanos();
            while (reader.poll(Duration.ofMillis(50)) == 0) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            assertThat(keys).containsExactly("policy@1");
            assertThat(reader.poll(Duration.ZERO)).isZero();
        }
    }

    @Test
    void whatWasNotCommittedNeverHappened(TestHouse house) {
        try (KafkaProducer<byte[], byte[]> dying = house.topics().settings().newTransactionalProducer(DEPLOYMENT)) {
            dying.initTransactions();
            dying.beginTransaction();
            var unused = dying.send(raw(house.topics().steps(), step("r", 1)));
            dying.flush();

            // The successor ends the transaction of the dead one before anything is read back.
            try (FeedWriter successor = new FeedWriter(house.topics(), DEPLOYMENT)) {
                assertThat(readAll(house).steps("r")).isEmpty();
                successor.publish(step("r", 2));
            }
            assertThat(readBack(house).steps("r")).containsExactly(step("r", 2));
        }
    }

    @Test
    void anOlderWriterIsFencedAndLeavesNoTrace(TestHouse house) {
        try (FeedWriter older = new FeedWriter(house.topics(), DEPLOYMENT)) {
            older.publish(step("r", 1));
            try (FeedWriter newer = new FeedWriter(house.topics(), DEPLOYMENT)) {
                assertThatThrownBy(() -> older.publish(step("r", 2)))
                        .isInstanceOf(FencedException.class)
                        .hasMessageContaining(DEPLOYMENT);
                newer.publish(step("r", 3));
            }
        }
        assertThat(readBack(house).steps("r")).containsExactly(step("r", 1), step("r", 3));
    }

    @Test
    void aRecordThatMakesNoSenseIsPassedOver(TestHouse house) {
        try (KafkaProducer<byte[], byte[]> stranger = house.topics().settings().newProducer()) {
            send(stranger, house.topics().models().name(), "k", new byte[] {(byte) 0xff});
            send(stranger, house.topics().models().name(), "no version", null);
            send(
                    stranger,
                    house.topics().steps().name(),
                    "r",
                    StepAdmitted.getDefaultInstance().toByteArray());
            stranger.flush();
        }
        try (FeedWriter writer = new FeedWriter(house.topics(), DEPLOYMENT)) {
            writer.publish(model("policy", 1));
        }
        assertThat(readBack(house).models()).containsExactly(model("policy", 1));
    }

    @Test
    void aFollowerIsCaughtUpOnlyAfterItHasReadToTheEndAndThenKeepsUp(TestHouse house) {
        try (FeedWriter writer = new FeedWriter(house.topics(), DEPLOYMENT)) {
            writer.publish(model("policy", 1));
            HouseView view = new HouseView();
            try (HouseFollower follower = new HouseFollower(house.topics(), view, InstantSource.system())) {
                assertThat(follower.caughtUp()).isFalse();
                assertThat(follower.problem()).isPresent();
                follower.poll(Duration.ZERO);
                assertThat(follower.caughtUp()).isTrue();
                assertThat(follower.problem()).isEmpty();
                assertThat(view.newest("policy")).contains(model("policy", 1));
                writer.publish(model("policy", 2));
                long deadline = System.nanoTime() + TestHouse.PATIENCE.toNanos();
                while (view.newest("policy").stream().noneMatch(model("policy", 2)::equals)) {
                    assertThat(System.nanoTime()).isLessThan(deadline);
                    follower.poll(Duration.ZERO);
                }
            }
        }
    }

    @Test
    void aFollowerWithoutBrokerSaysSoAndIsNotCaughtUp() {
        Topics topics = new Topics(new KafkaSettings(
                Map.of(
                        "bootstrap.servers",
                        "127.0.0.1:1",
                        "default.api.timeout.ms",
                        "300",
                        "request.timeout.ms",
                        "200"),
                TopicSettings.DEFAULT));
        try (HouseFollower follower = new HouseFollower(topics, new HouseView(), InstantSource.system())) {
            assertThat(follower.poll(Duration.ZERO)).isZero();
            assertThat(follower.caughtUp()).isFalse();
            assertThat(follower.problem())
                    .hasValueSatisfying(text -> assertThat(text).contains("127.0.0.1:1"));
        }
    }

    /** As a trainer that starts again: what its predecessor wrote is decided before it is read. */
    private static HouseView readBack(TestHouse house) {
        new FeedWriter(house.topics(), DEPLOYMENT).close();
        return readAll(house);
    }

    private static HouseView readAll(TestHouse house) {
        HouseView view = new HouseView();
        try (FeedReader reader = new FeedReader(house.topics(), view.feeds(house.topics()))) {
            reader.readToEnd();
        }
        return view;
    }

    private static <M extends Message> ProducerRecord<byte[], byte[]> raw(Topic<M> topic, M message) {
        return new ProducerRecord<>(topic.name(), 0, RecordCodec.bytes(topic.keyOf(message)), message.toByteArray());
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, String topic, String key, byte @Nullable [] value) {
        var unused = producer.send(new ProducerRecord<>(topic, 0, RecordCodec.bytes(key), value));
    }

    private static RunContract run(String id, RunState state) {
        return RunContract.newBuilder()
                .setRunId(id)
                .setPolicy("policy")
                .setState(state)
                .build();
    }

    private static ModelPublished model(String name, long version) {
        return ModelPublished.newBuilder().setName(name).setVersion(version).build();
    }

    private static StepAdmitted step(String run, long step) {
        return StepAdmitted.newBuilder()
                .setRunId(run)
                .setStep(step)
                .setMinPolicy("policy@1")
                .build();
    }
}
