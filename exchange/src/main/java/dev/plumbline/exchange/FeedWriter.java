package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The one writer of models, runs and steps. From its construction on an older writer of the same deployment is fenced,
 * and what that one had not committed never happened, so the feeds are read back only after it. Every call is one
 * transaction and returns when readers can see it. Not for several threads.
 */
public final class FeedWriter implements AutoCloseable {

    // A commit that timed out may have happened; asking again is allowed and tells.
    private static final int COMMIT_ATTEMPTS = 6;

    private final Topics topics;
    private final String deployment;
    private final KafkaProducer<byte[], byte[]> producer;

    /**
     * Takes over the feeds.
     *
     * @param deployment the same for every trainer that continues the same runs
     * @throws ExchangeUnavailableException if the broker does not answer
     */
    public FeedWriter(Topics topics, String deployment) {
        this.topics = topics;
        this.deployment = deployment;
        producer = topics.settings().newTransactionalProducer(deployment);
        try {
            producer.initTransactions();
        } catch (KafkaException e) {
            producer.close();
            throw new ExchangeUnavailableException("the feeds cannot be taken over: " + e.getMessage(), e);
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

    /** Admits a step's prompts; in force from the return on. */
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
        producer.close();
    }

    private static <M extends Message> ProducerRecord<byte[], byte[]> record(Topic<M> topic, M message) {
        return new ProducerRecord<>(topic.name(), 0, RecordCodec.bytes(topic.keyOf(message)), message.toByteArray());
    }

    private void write(List<ProducerRecord<byte[], byte[]>> records) {
        try {
            producer.beginTransaction();
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
        commit();
    }

    private void commit() {
        for (int attempt = 1; ; attempt++) {
            try {
                producer.commitTransaction();
                return;
            } catch (TimeoutException e) {
                if (attempt == COMMIT_ATTEMPTS) {
                    throw new ExchangeUnavailableException("the broker does not answer a commit to the feeds", e);
                }
            } catch (KafkaException e) {
                throw failed(e);
            }
        }
    }

    private RuntimeException failed(KafkaException failure) {
        if (isFencing(failure)) {
            return new FencedException(deployment, failure);
        }
        try {
            producer.abortTransaction();
        } catch (KafkaException alsoFailed) {
            if (isFencing(alsoFailed)) {
                return new FencedException(deployment, alsoFailed);
            }
            failure.addSuppressed(alsoFailed);
        }
        return new ExchangeUnavailableException("the feeds cannot be written: " + failure.getMessage(), failure);
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
