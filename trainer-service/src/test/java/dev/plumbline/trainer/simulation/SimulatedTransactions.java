package dev.plumbline.trainer.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/** A transactional producer. A commit whose answer is lost may have happened. */
final class SimulatedTransactions {
    private final SimulatedLog log;
    private final SimulatedProcess process;
    private final String name;
    private final List<ProducerRecord<byte[], byte[]>> open = new ArrayList<>();
    private int epoch;

    SimulatedTransactions(SimulatedLog log, SimulatedProcess process, String name) {
        this.log = log;
        this.process = process;
        this.name = name;
    }

    public void initTransactions() {
        process.call();
        epoch = log.takeOver(name);
    }

    public void beginTransaction() {
        requireNewest();
    }

    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
        process.call();
        if (process.chance().fault(0.02)) {
            return CompletableFuture.failedFuture(new TimeoutException("no acknowledgement in time"));
        }
        open.add(record);
        return CompletableFuture.completedFuture(
                new RecordMetadata(new TopicPartition(record.topic(), 0), 0, 0, 0, 0, 0));
    }

    public void flush() {}

    public void commitTransaction() {
        process.call();
        requireNewest();
        process.refuse("the coordinator does not answer");
        open.forEach(log::append);
        open.clear();
        process.call();
        process.refuse("the coordinator's answer is lost");
    }

    public void abortTransaction() {
        open.clear();
    }

    public void close(Duration timeout) {}

    private void requireNewest() {
        if (log.isFenced(name, epoch)) {
            throw new ProducerFencedException("a newer producer is called " + name);
        }
    }
}
