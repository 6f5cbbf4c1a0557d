package dev.plumbline.exchange;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;

/**
 * Makes the clients through which the house sees its log. The one seam between the house and Kafka: {@link KafkaSettings}
 * makes those of a broker, a simulation its own, so that everything above is the real thing in both.
 */
public interface KafkaClients {

    /** A client for topics and groups. */
    Admin newAdmin();

    /** A consumer that places itself: no group, no committed offsets. Sees committed records only. */
    Consumer<byte[], byte[]> newReader();

    /** A member of a group, started at the beginning of partitions that have no committed offset. */
    Consumer<byte[], byte[]> newGroupMember(String group);

    /** An idempotent producer whose sends are acknowledged by all in-sync replicas. */
    Producer<byte[], byte[]> newProducer();

    /** A producer whose records become visible together, and which fences an older one of the same name. */
    Producer<byte[], byte[]> newTransactionalProducer(String name);
}
