package dev.plumbline.exchange;

import com.google.protobuf.Message;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Feeds read from their start; only what was committed is seen. Not for several threads. */
public final class FeedReader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FeedReader.class);
    private static final Duration ROUND = Duration.ofMillis(200);

    private final Map<TopicPartition, Source<?>> sources = new LinkedHashMap<>();
    private final KafkaConsumer<byte[], byte[]> consumer;

    /** The feeds' topics must exist. */
    public FeedReader(Topics topics, List<Feed<?>> feeds) {
        for (Feed<?> feed : feeds) {
            sources.put(new TopicPartition(feed.topic().name(), 0), new Source<>(feed, topics.topicId(feed.topic())));
        }
        consumer = topics.settings().newReader();
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
        while (asked(
                () -> ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue()))) {
            poll(ROUND);
        }
    }

    @Override
    public void close() {
        consumer.close();
    }

    private static <T> T asked(Supplier<T> question) {
        try {
            return question.get();
        } catch (RetriableException e) {
            throw new ExchangeUnavailableException("the feeds cannot be read: " + e.getMessage(), e);
        }
    }

    private record Source<M extends Message>(Feed<M> feed, String topicId) {

        void apply(ConsumerRecord<byte[], byte[]> record) {
            String key = record.key() == null ? "" : RecordCodec.text(record.key());
            if (record.value() == null) {
                feed.apply().accept(key, Optional.empty());
                return;
            }
            if (RecordCodec.read(feed.topic(), topicId, record) instanceof Incoming<M> incoming) {
                feed.apply().accept(key, Optional.of(incoming.message()));
            } else {
                LOG.warn(
                        "record {} of {} is not a {}: passed over",
                        record.offset(),
                        feed.topic(),
                        feed.topic().messageName());
            }
        }
    }
}
