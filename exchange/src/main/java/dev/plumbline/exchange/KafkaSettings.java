package dev.plumbline.exchange;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Where Kafka is and how topics are made.
 *
 * @param client settings of every Kafka client, passed through: {@code bootstrap.servers}, SASL, TLS and any other. What
 *     the house's promises rest on (acknowledgements, idempotence, isolation, offsets) cannot be overridden.
 * @param topics names and shapes of the topics
 */
public record KafkaSettings(Map<String, String> client, TopicSettings topics) implements KafkaClients {

    /** Room beyond the largest record for keys and headers. */
    static final int HEADER_ROOM = 1024 * 1024;

    /** How long a client may say goodbye. A producer's own default is for ever, which a broker that is gone takes. */
    static final Duration CLOSING = Duration.ofSeconds(5);

    public KafkaSettings {
        client = Map.copyOf(client);
        if (client.getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "")
                .isBlank()) {
            throw new IllegalArgumentException(
                    "kafka.bootstrap.servers is missing: set it to one or more host:port of the broker");
        }
    }

    /** A broker at one or more {@code host:port}, with other settings of its clients. */
    public static KafkaSettings of(String bootstrapServers, Map<String, String> client, TopicSettings topics) {
        Map<String, String> all = new HashMap<>(client);
        all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        return new KafkaSettings(all, topics);
    }

    /** Default topics on a broker without authentication. */
    public static KafkaSettings defaults(String bootstrapServers) {
        return of(bootstrapServers, Map.of(), TopicSettings.DEFAULT);
    }

    /** The same broker with other topics. */
    public KafkaSettings withTopics(TopicSettings otherTopics) {
        return new KafkaSettings(client, otherTopics);
    }

    @Override
    public Admin newAdmin() {
        return connected(() -> Admin.create(passedThrough()));
    }

    @Override
    public KafkaConsumer<byte[], byte[]> newReader() {
        Properties settings = reading();
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return consumer(settings);
    }

    @Override
    public KafkaConsumer<byte[], byte[]> newGroupMember(String group) {
        Properties settings = reading();
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, topics.prefix() + group);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        if (!"consumer".equals(client.get(ConsumerConfig.GROUP_PROTOCOL_CONFIG))) {
            settings.putIfAbsent(
                    ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        }
        return consumer(settings);
    }

    @Override
    public KafkaProducer<byte[], byte[]> newProducer() {
        Properties settings = writing();
        settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, "3000");
        return producer(settings);
    }

    @Override
    public KafkaProducer<byte[], byte[]> newTransactionalProducer(String name) {
        Properties settings = writing();
        settings.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, "10000");
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.prefix() + name);
        return producer(settings);
    }

    private Properties reading() {
        Properties settings = passedThrough();
        settings.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "64");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        return settings;
    }

    private Properties writing() {
        Properties settings = passedThrough();
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, String.valueOf(topics.maxRecordBytes() + HEADER_ROOM));
        return settings;
    }

    private Properties passedThrough() {
        Properties settings = new Properties();
        settings.putAll(client);
        return settings;
    }

    private KafkaConsumer<byte[], byte[]> consumer(Properties settings) {
        return connected(() -> new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    }

    private KafkaProducer<byte[], byte[]> producer(Properties settings) {
        return connected(() -> new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    // A client refuses to be made when no bootstrap address has a known host. In a cluster that is "not yet".
    private <T> T connected(Supplier<T> newClient) {
        try {
            return newClient.get();
        } catch (KafkaException e) {
            String addresses = client.getOrDefault(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, "");
            if (Stream.of(addresses.split(",", -1)).noneMatch(KafkaSettings::hasKnownHost)) {
                throw Asking.unavailable("no host of " + addresses + " is known", e);
            }
            throw e;
        }
    }

    private static boolean hasKnownHost(String address) {
        int port = address.lastIndexOf(':');
        return port > 0 && !new InetSocketAddress(address.substring(0, port).strip(), 0).isUnresolved();
    }
}
