package dev.plumbline.trainer.simulation;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;

/** Creates and describes topics. */
final class SimulatedAdmin {
    private final SimulatedLog log;

    SimulatedAdmin(SimulatedLog log) {
        this.log = log;
    }

    public DescribeTopicsResult describeTopics(Collection<String> names) {
        Map<String, KafkaFuture<TopicDescription>> answers = new HashMap<>();
        names.forEach(name -> answers.put(
                name,
                log.topic(name)
                        .map(topic -> KafkaFuture.completedFuture(description(name, topic)))
                        .orElseGet(() -> {
                            KafkaFutureImpl<TopicDescription> unknown = new KafkaFutureImpl<>();
                            unknown.completeExceptionally(new UnknownTopicOrPartitionException(name));
                            return unknown;
                        })));
        return new DescribeTopicsResult(null, answers) {};
    }

    private static TopicDescription description(String name, SimulatedLog.Topic topic) {
        List<TopicPartitionInfo> partitions = IntStream.range(
                        0, topic.partitions().size())
                .mapToObj(number -> new TopicPartitionInfo(number, Node.noNode(), List.of(), List.of()))
                .toList();
        return new TopicDescription(name, false, partitions, null, topic.id());
    }

    public CreateTopicsResult createTopics(Collection<NewTopic> topics) {
        Map<String, KafkaFuture<CreateTopicsResult.TopicMetadataAndConfig>> answers = new HashMap<>();
        topics.forEach(topic -> {
            log.create(topic.name(), topic.numPartitions(), topic.configs());
            answers.put(topic.name(), new KafkaFutureImpl<>() {
                {
                    complete(null);
                }
            });
        });
        return new CreateTopicsResult(answers) {};
    }

    public DescribeConfigsResult describeConfigs(Collection<ConfigResource> resources) {
        Map<ConfigResource, KafkaFuture<Config>> answers = new HashMap<>();
        resources.forEach(resource -> answers.put(
                resource,
                KafkaFuture.completedFuture(
                        new Config(log.topic(resource.name()).orElseThrow().settings().entrySet().stream()
                                .map(entry -> new ConfigEntry(entry.getKey(), entry.getValue()))
                                .toList()))));
        return new DescribeConfigsResult(answers) {};
    }

    public void close() {}
}
