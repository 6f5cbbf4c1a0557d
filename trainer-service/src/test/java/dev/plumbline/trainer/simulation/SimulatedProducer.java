package dev.plumbline.trainer.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * An idempotent producer: records arrive in the order they were sent, after a while, or are refused; some are refused
 * that have arrived. Of a process that dies, the first of what was under way arrives.
 */
final class SimulatedProducer {
    private static final int LONGEST = 20;

    private final SimulatedLog log;
    private final SimulatedProcess process;
    private final VirtualTime time;
    private final Deque<Sent> underWay = new ArrayDeque<>();
    private long lastArrival;

    private record Sent(
            ProducerRecord<byte[], byte[]> record, Callback told, CompletableFuture<RecordMetadata> future) {}

    SimulatedProducer(SimulatedLog log, SimulatedProcess process, VirtualTime time) {
        this.log = log;
        this.process = process;
        this.time = time;
    }

    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record, Callback told) {
        process.call();
        Sent sent = new Sent(record, told, new CompletableFuture<>());
        underWay.add(sent);
        if (process.isHasty()) {
            flush();
        } else {
            lastArrival = Math.max(lastArrival, time.now() + process.chance().below(LONGEST));
            time.after(lastArrival - time.now(), this::arrive);
        }
        return sent.future();
    }

    private void arrive() {
        Sent sent = underWay.poll();
        if (sent == null) {
            return;
        }
        if (process.isDead()) {
            // What a dead process had under way arrives up to some record, and nothing after it.
            if (process.chance().happens(0.5)) {
                log.append(sent.record());
            } else {
                underWay.clear();
            }
            return;
        }
        boolean refused = process.chance().fault(0.03);
        boolean arrived = !refused || process.chance().happens(0.5);
        RecordMetadata place = arrived ? log.append(sent.record()) : null;
        if (refused || place == null) {
            TimeoutException failure = new TimeoutException("no acknowledgement in time");
            sent.future().completeExceptionally(failure);
            sent.told().onCompletion(null, failure);
        } else {
            sent.future().complete(place);
            sent.told().onCompletion(place, null);
        }
    }

    public void flush() {
        while (!underWay.isEmpty()) {
            arrive();
        }
    }

    public Map<MetricName, ? extends Metric> metrics() {
        return Map.of();
    }

    public void close(Duration timeout) {
        if (!process.isDead()) {
            flush();
        }
    }
}
