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
    private volatile Producer<byte[], byte[]> producer;
    private boolean probing;
    private boolean refusing;
    private boolean closed;
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
        if (kept.isEmpty() && !refusing) {
            hand(new Mail<>(subject, record));
        } else {
            kept.add(new Mail<>(subject, record)); // behind those that wait already
        }
    }

    /** Takes note of what became of a record, on the thread that sends. */
    void learn(T subject, Outcome outcome, Instant now) {
        probing = false;
        refusing = false;
        if (outcome instanceof Acknowledged) {
            backoff.succeeded();
            lastError = "";
            while (!kept.isEmpty() && !refusing && !closed) {
                hand(kept.remove());
            }
        } else if (outcome instanceof Refused refused) {
            keep(subject, refused, now);
        }
    }

    /** Whether the broker refuses records at the moment. */
    boolean isStalled() {
        return probing || refusing || !kept.isEmpty();
    }

    /**
     * Sends one record of those kept, once it is time; the others follow when the broker has acknowledged it. One,
     * because without a broker each may block for as long as the producer waits for it.
     */
    int probe(Instant now, Predicate<T> wanted) {
        kept.removeIf(mail -> !wanted.test(mail.subject()));
        Mail<T> first = probing || !backoff.over(now) ? null : kept.poll();
        if (first == null) {
            return 0;
        }
        if (producerFailed) {
            // After a fatal error a producer refuses everything; a new one may be allowed to write.
            producer.close(Duration.ZERO);
            producer = producers.get();
            producerFailed = false;
        }
        probing = true;
        hand(first);
        return 1;
    }

    private void keep(T subject, Refused refused, Instant now) {
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

    private void hand(Mail<T> mail) {
        ProducerRecord<byte[], byte[]> record = mail.record();
        Thread sender = Thread.currentThread();
        try {
            // The callback tells everything the future would.
            var unused = producer.send(record, (written, failure) -> {
                if (failure != null && Thread.currentThread() == sender) {
                    refusing = true; // it has waited in vain, and so would the next
                }
                outcomes.accept(mail.subject(), outcome(record, failure));
            });
        } catch (KafkaException e) {
            outcomes.accept(mail.subject(), outcome(record, e));
        }
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
        closed = true;
        producer.close(timeout);
    }

    private static Outcome outcome(ProducerRecord<byte[], byte[]> record, @Nullable Exception failure) {
        if (failure == null) {
            return new Acknowledged();
        }
        return failure instanceof RecordTooLargeException ? new TooLarge() : new Refused(record, failure);
    }
}
