package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Feeds read from their start; only what was committed is seen. Not for several threads. */
public final class FeedReader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FeedReader.class);
    private static final Duration ROUND = Duration.ofMillis(200);
    private static final int MOST_EMPTY_ROUNDS = 150;

    private final Map<TopicPartition, Source<?>> sources = new LinkedHashMap<>();
    private final Consumer<byte[], byte[]> consumer;

    /** The feeds' topics must exist. */
    public FeedReader(Topics topics, List<Feed<?>> feeds) {
        for (Feed<?> feed : feeds) {
            sources.put(new TopicPartition(feed.topic().name(), 0), new Source<>(feed, topics.topicId(feed.topic())));
        }
        consumer = topics.clients().newReader();
        consumer.assign(sources.keySet());
        consumer.seekToBeginning(sources.keySet());
    }

    /**
     * Applies what came in time and says how many records that were.
     *
     * @throws ExchangeUnavailableException if the broker does not answer
     */
    public int poll(Duration timeout) {
        return asked(() -> {
            int applied = 0;
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
                Source<?> source = sources.get(new TopicPartition(record.topic(), record.partition()));
                if (source != null) {
                    source.apply(record);
                }
                applied++;
            }
            return applied;
        });
    }

    /**
     * Applies everything that is committed at the time of the call.
     *
     * @throws ExchangeUnavailableException if the broker does not answer
     */
    public void readToEnd() {
        Map<TopicPartition, Long> ends = asked(() -> consumer.endOffsets(sources.keySet()));
        int emptyRounds = 0;
        while (asked(
                () -> ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue()))) {
            emptyRounds = poll(ROUND) == 0 ? emptyRounds + 1 : 0;
            if (emptyRounds > MOST_EMPTY_ROUNDS) {
                throw Asking.unavailable(
                        "the feeds cannot be read to their end",
                        new TimeoutException("the broker announces more records than it sends"));
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }

    private static <T> T asked(Supplier<T> question) {
        return Asking.broker("the feeds cannot be read", question);
    }

    private record Source<M extends Message>(Feed<M> feed, String topicId) {

        void apply(ConsumerRecord<byte[], byte[]> record) {
            String key = record.key() == null ? "" : RecordCodec.text(record.key());
            try {
                if (record.value() == null) {
                    feed.apply().accept(key, Optional.empty());
                } else if (RecordCodec.read(feed.topic(), topicId, record) instanceof Incoming<M> incoming) {
                    feed.apply().accept(key, Optional.of(incoming.message()));
                } else {
                    passedOver(record, "it is not a " + feed.topic().messageName());
                }
            } catch (IllegalArgumentException e) {
                passedOver(record, String.valueOf(e.getMessage()));
            }
        }

        // Only the trainer writes feeds: a record that makes no sense is a stranger's, and must not stop the house.
        private void passedOver(ConsumerRecord<byte[], byte[]> record, String reason) {
            LOG.warn("record {} of {} is passed over: {}", record.offset(), feed.topic(), reason);
        }
    }
}
