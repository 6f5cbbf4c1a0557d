package dev.plumbline.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class TopicsTest {

    @Test
    void everyTopicIsMadeInItsShape(TestHouse house) throws Exception {
        KafkaSettings settings = with(house, "made.", true, 3);
        Topics topics = new Topics(settings);
        topics.ensure();

        assertThat(topics.partitions(topics.prompts())).isEqualTo(3);
        assertThat(topics.partitions(topics.trajectories())).isEqualTo(3);
        for (Topic<?> feed : List.of(topics.models(), topics.runs(), topics.steps())) {
            assertThat(topics.partitions(feed)).isEqualTo(1);
        }
        for (Topic<?> kept : List.of(topics.rollouts(), topics.trajectories(), topics.steps())) {
            assertThat(setting(settings, kept.name(), "retention.ms")).isEqualTo("-1");
            assertThat(setting(settings, kept.name(), "cleanup.policy")).isEqualTo("delete");
        }
        assertThat(setting(settings, topics.models().name(), "cleanup.policy")).isEqualTo("compact");
        assertThat(setting(settings, topics.runs().name(), "cleanup.policy")).isEqualTo("compact");
        assertThat(setting(settings, topics.prompts().name(), "max.message.bytes"))
                .isEqualTo("16777216");
    }

    @Test
    void ensuringTwiceChangesNothingAndTheTopicIdStays(TestHouse house) {
        String id = house.topics().topicId(house.topics().prompts());
        Topics again = new Topics(house.topics().settings());
        again.ensure();
        assertThat(again.topicId(again.prompts())).isEqualTo(id);
    }

    @Test
    void allProblemsAreReportedAtOnce(TestHouse house) throws Exception {
        KafkaSettings settings = with(house, "bad.", false, 2);
        Topics topics = new Topics(settings);
        try (Admin admin = settings.newAdmin()) {
            List<NewTopic> made = new ArrayList<>();
            made.add(topic(topics.prompts().name(), 5, Map.of("max.message.bytes", "16777216")));
            made.add(topic(topics.models().name(), 2, Map.of("max.message.bytes", "16777216")));
            made.add(topic(topics.rollouts().name(), 2, Map.of("retention.ms", "1000", "max.message.bytes", "20000")));
            admin.createTopics(made).all().get();
            awaitShown(admin, made);
        }

        TopicProblemsException found = catchThrowableOfType(TopicProblemsException.class, topics::ensure);

        assertThat(found.problems())
                .anySatisfy(problem -> assertThat(problem)
                        .contains("bad.plumbline.prompts.v1 has 5 partitions, must have 2")
                        .contains("set topics.partitions to 5"))
                .anySatisfy(problem ->
                        assertThat(problem).contains("bad.plumbline.models.v1 has 2 partitions, must have 1"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("bad.plumbline.models.v1 has cleanup.policy=delete, must have compact"))
                .anySatisfy(problem ->
                        assertThat(problem).contains("bad.plumbline.rollouts.v1 has retention.ms=1000, must have -1"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("bad.plumbline.rollouts.v1 has max.message.bytes=20000")
                        .contains("lower topics.max-record-bytes"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("bad.plumbline.steps.v1 does not exist")
                        .contains("topics.create=true"))
                .hasSize(10);
        assertThat(found.getMessage()).contains(found.problems());
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNotNowAndNamedWithItsAddress() {
        Topics topics = new Topics(new KafkaSettings(
                Map.of(
                        "bootstrap.servers",
                        "127.0.0.1:1",
                        "default.api.timeout.ms",
                        "500",
                        "request.timeout.ms",
                        "400"),
                TopicSettings.DEFAULT));
        assertThatThrownBy(topics::ensure)
                .isInstanceOf(ExchangeUnavailableException.class)
                .hasMessageContaining("127.0.0.1:1");
    }

    @Test
    void aBrokerWhoseHostIsNotKnownYetIsNotNowToo() {
        Topics topics = new Topics(KafkaSettings.defaults("kafka.invalid:9092"));
        assertThatThrownBy(topics::ensure)
                .isInstanceOf(ExchangeUnavailableException.class)
                .hasMessageContaining("kafka.invalid:9092");
    }

    @Test
    void aMissingAddressIsRefusedAtOnce() {
        assertThatThrownBy(() -> new KafkaSettings(Map.of("client.id", "x"), TopicSettings.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bootstrap.servers");
    }

    private static KafkaSettings with(TestHouse house, String prefix, boolean create, int partitions) {
        TopicSettings own = house.topics().settings().topics();
        return house.topics()
                .settings()
                .withTopics(new TopicSettings(own.prefix() + prefix, create, partitions, 0, own.maxRecordBytes()));
    }

    private static NewTopic topic(String name, int partitions, Map<String, String> settings) {
        return new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(settings);
    }

    private static void awaitShown(Admin admin, List<NewTopic> made) throws Exception {
        List<String> names = made.stream().map(NewTopic::name).toList();
        long deadline = System.nanoTime() + TestHouse.PATIENCE.toNanos();
        while (!admin.listTopics().names().get().containsAll(names)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    private static String setting(KafkaSettings settings, String topic, String name) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (Admin admin = settings.newAdmin()) {
            return admin.describeConfigs(List.of(resource)).all().get().values().stream()
                    .map(config -> config.get(name).value())
                    .findFirst()
                    .orElseThrow();
        }
    }
}
