package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The one writer of models, runs and steps. From its construction on an older writer of the same deployment is fenced,
 * and everything that one has written is either there to be read or never happened; so the feeds are read back only
 * after it. Every call is one transaction and returns when it is decided; readers see it a moment later. A call that
 * failed with {@link ExchangeUnavailableException} may have been written all the same; made again, it repeats what
 * readers then know already. Not for several threads.
 */
public final class FeedWriter implements AutoCloseable {

    private static final int ATTEMPTS = 6;

    private final Topics topics;
    private final String deployment;
    private final Producer<byte[], byte[]> producer;
    private Last last = Last.SETTLED;

    /** How far the last transaction is. */
    private enum Last {
        OPEN,
        COMMITTING,
        SETTLED
    }

    /**
     * Takes over the feeds.
     *
     * @param deployment the same for every trainer that continues the same runs
     * @throws ExchangeUnavailableException if the broker does not answer
     */
    public FeedWriter(Topics topics, String deployment) {
        this.topics = topics;
        this.deployment = deployment;
        producer = topics.clients().newTransactionalProducer(deployment);
        try {
            producer.initTransactions();
        } catch (KafkaException e) {
            producer.close(KafkaSettings.CLOSING);
            throw Asking.unavailable("the feeds cannot be taken over", e);
        }
    }

    /** Announces a model version. */
    public void publish(ModelPublished model) {
        write(List.of(record(topics.models(), model)));
    }

    /** Announces a run or its new state. */
    public void publish(RunContract run) {
        write(List.of(record(topics.runs(), run)));
    }

    /** Admits a step's prompts, for good. */
    public void publish(StepAdmitted step) {
        write(List.of(record(topics.steps(), step)));
    }

    /** Announces that model versions are gone. */
    public void deleteModels(List<ModelVersion> models) {
        List<ProducerRecord<byte[], byte[]>> tombstones = new ArrayList<>();
        for (ModelVersion model : models) {
            tombstones.add(new ProducerRecord<>(topics.models().name(), 0, RecordCodec.bytes(model.toString()), null));
        }
        write(tombstones);
    }

    @Override
    public void close() {
        producer.close(KafkaSettings.CLOSING);
    }

    private static <M extends Message> ProducerRecord<byte[], byte[]> record(Topic<M> topic, M message) {
        return new ProducerRecord<>(topic.name(), 0, RecordCodec.bytes(topic.keyOf(message)), message.toByteArray());
    }

    private void write(List<ProducerRecord<byte[], byte[]>> records) {
        settleLast();
        try {
            producer.beginTransaction();
            last = Last.OPEN;
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (ProducerRecord<byte[], byte[]> record : records) {
                sent.add(producer.send(record));
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw failed(e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e));
        } catch (KafkaException e) {
            throw failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(new KafkaException("interrupted", e));
        }
        last = Last.COMMITTING;
        settleLast();
    }

    // A commit or abort that timed out may have happened; the producer takes nothing new before it is known.
    private void settleLast() {
        try {
            for (int attempt = 1; last != Last.SETTLED; attempt++) {
                try {
                    if (last == Last.COMMITTING) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                    }
                    last = Last.SETTLED;
                } catch (TimeoutException e) {
                    if (attempt == ATTEMPTS) {
                        throw Asking.unavailable("the broker does not end a transaction on the feeds", e);
                    }
                }
            }
        } catch (KafkaException e) {
            throw translated(e);
        }
    }

    private RuntimeException failed(KafkaException failure) {
        if (!isFencing(failure)) {
            try {
                settleLast();
            } catch (ExchangeUnavailableException | FencedException alsoFailed) {
                alsoFailed.addSuppressed(failure);
                return alsoFailed;
            }
        }
        return translated(failure);
    }

    private RuntimeException translated(KafkaException failure) {
        return isFencing(failure)
                ? new FencedException(deployment, failure)
                : Asking.unavailable("the feeds cannot be written", failure);
    }

    private static boolean isFencing(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProducerFencedException || cause instanceof InvalidProducerEpochException) {
                return true;
            }
        }
        return false;
    }
}
