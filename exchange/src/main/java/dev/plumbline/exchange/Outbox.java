package dev.plumbline.exchange;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records until the broker has acknowledged them. What it refuses for now is kept and sent again after a while;
 * only what is too large comes back. Used by one thread; outcomes are told on Kafka's.
 */
final class Outbox<T> {

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final Supplier<Producer<byte[], byte[]>> producers;
    private final BiConsumer<T, Outcome> outcomes;
    private final Queue<Mail<T>> kept = new ArrayDeque<>();
    private final Backoff backoff = new Backoff();
    private Producer<byte[], byte[]> producer;
    private boolean producerFailed;
    private String lastError = "";

    /** What became of a record. */
    sealed interface Outcome {}

    /** The broker has it. */
    record Acknowledged() implements Outcome {}

    /** The broker will never take it. */
    record TooLarge() implements Outcome {}

    /** The broker does not take it now. */
    record Refused(ProducerRecord<byte[], byte[]> record, Exception cause) implements Outcome {}

    private record Mail<T>(T subject, ProducerRecord<byte[], byte[]> record) {}

    Outbox(Supplier<Producer<byte[], byte[]>> producers, BiConsumer<T, Outcome> outcomes) {
        this.producers = producers;
        this.outcomes = outcomes;
        producer = producers.get();
    }

    void send(T subject, ProducerRecord<byte[], byte[]> record) {
        try {
            // The callback tells everything the future would.
            var unused =
                    producer.send(record, (written, failure) -> outcomes.accept(subject, outcome(record, failure)));
        } catch (KafkaException e) {
            outcomes.accept(subject, outcome(record, e));
        }
    }

    /** Takes note that the broker acknowledges. */
    void acknowledged() {
        backoff.succeeded();
        lastError = "";
    }

    /** Keeps what the broker refused until it is {@link #sendAgain sent again}. */
    void keep(T subject, Refused refused, Instant now) {
        if (backoff.over(now)) { // the first of those that fail together
            backoff.failed(now);
            LOG.warn(
                    "{} cannot be written and will be sent again: {}",
                    refused.record().topic(),
                    refused.cause().toString());
        }
        lastError = refused.record().topic() + ": " + refused.cause().getMessage();
        producerFailed |= !(refused.cause() instanceof RetriableException);
        kept.add(new Mail<>(subject, refused.record()));
    }

    /** Whether the broker refuses records at the moment. */
    boolean isStalled() {
        return !kept.isEmpty();
    }

    /** Sends what was kept and is still wanted, once it is time, and says how many records that were. */
    int sendAgain(Instant now, Predicate<T> wanted) {
        if (kept.isEmpty() || !backoff.over(now)) {
            return 0;
        }
        if (producerFailed) {
            // After a fatal error a producer refuses everything; a new one may be allowed to write.
            producer.close(Duration.ZERO);
            producer = producers.get();
            producerFailed = false;
        }
        int sent = 0;
        for (int left = kept.size(); left > 0; left--) {
            Mail<T> mail = kept.remove();
            if (wanted.test(mail.subject())) {
                send(mail.subject(), mail.record());
                sent++;
            }
        }
        return sent;
    }

    /** What the broker last refused, until it acknowledges again; empty if it does. */
    String lastError() {
        return lastError;
    }

    Map<MetricName, ? extends Metric> metrics() {
        return producer.metrics();
    }

    /** Waits for the outcome of what was sent. */
    void close(Duration timeout) {
        producer.close(timeout);
    }

    private static Outcome outcome(ProducerRecord<byte[], byte[]> record, @Nullable Exception failure) {
        if (failure == null) {
            return new Acknowledged();
        }
        return failure instanceof RecordTooLargeException ? new TooLarge() : new Refused(record, failure);
    }
}
