package dev.plumbline.exchange;

import com.google.protobuf.Message;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Trajectory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The house's topics. */
public final class Topics {

    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(50);
    private static final int SHOWN_WITHIN_TRIES = 200;

    private final KafkaSettings settings;
    private final KafkaClients clients;
    private final Topic<Prompt> prompts;
    private final Topic<Prompt> trainingPrompts;
    private final Topic<Rollout> rollouts;
    private final Topic<Trajectory> trajectories;
    private final Topic<ModelPublished> models;
    private final Topic<RunContract> runs;
    private final Topic<StepAdmitted> steps;
    private final String deadLetters;
    private final Map<String, TopicShape> shapes = new TreeMap<>();
    private final Map<String, String> ids = new ConcurrentHashMap<>();

    /** On the broker that the settings name. */
    public Topics(KafkaSettings settings) {
        this(settings, settings);
    }

    /** On whatever these clients are connected to. */
    public Topics(KafkaSettings settings, KafkaClients clients) {
        this.settings = settings;
        this.clients = clients;
        String house = settings.topics().prefix() + "plumbline.";
        int partitions = settings.topics().partitions();
        int max = settings.topics().maxRecordBytes();
        TopicShape kept = TopicShape.kept(partitions, max);
        prompts = new Topic<>(
                house + "prompts.v1", TopicShape.passing(partitions, max), Prompt.getDefaultInstance(), Prompt::getId);
        trainingPrompts = new Topic<>(
                house + "training-prompts.v1",
                TopicShape.keptByDefault(partitions, max),
                Prompt.getDefaultInstance(),
                Prompt::getId);
        rollouts = new Topic<>(
                house + "rollouts.v1",
                kept,
                Rollout.getDefaultInstance(),
                rollout -> rollout.getPrompt().getId());
        trajectories = new Topic<>(
                house + "trajectories.v1",
                kept,
                Trajectory.getDefaultInstance(),
                trajectory -> trajectory.getRollout().getPrompt().getId());
        models = new Topic<>(
                house + "models.v1",
                TopicShape.compactedFeed(max),
                ModelPublished.getDefaultInstance(),
                model -> new ModelVersion(model.getName(), model.getVersion()).toString());
        runs = new Topic<>(
                house + "runs.v1",
                TopicShape.compactedFeed(max),
                RunContract.getDefaultInstance(),
                RunContract::getRunId);
        steps = new Topic<>(
                house + "steps.v1", TopicShape.kept(1, max), StepAdmitted.getDefaultInstance(), StepAdmitted::getRunId);
        deadLetters = house + "dead-letters.v1";
        for (Topic<?> topic : List.of(prompts, trainingPrompts, rollouts, trajectories, models, runs, steps)) {
            shapes.put(topic.name(), topic.shape());
        }
        // A dead letter is the original record with more headers.
        shapes.put(deadLetters, TopicShape.passing(partitions, max + KafkaSettings.HEADER_ROOM));
    }

    /** Prompts answered at once. */
    public Topic<Prompt> prompts() {
        return prompts;
    }

    /** Prompts answered when a run's step has admitted them. */
    public Topic<Prompt> trainingPrompts() {
        return trainingPrompts;
    }

    /** Prompts with their answers. */
    public Topic<Rollout> rollouts() {
        return rollouts;
    }

    /** Answers with their judgements. */
    public Topic<Trajectory> trajectories() {
        return trajectories;
    }

    /** The feed of model versions. */
    public Topic<ModelPublished> models() {
        return models;
    }

    /** The feed of runs. */
    public Topic<RunContract> runs() {
        return runs;
    }

    /** The feed of admitted steps. */
    public Topic<StepAdmitted> steps() {
        return steps;
    }

    /** Name of the topic that keeps refused records: original bytes, the reason in headers. */
    public String deadLetters() {
        return deadLetters;
    }

    /** Makes the clients of these topics. */
    KafkaClients clients() {
        return clients;
    }

    /** Where Kafka is. */
    public KafkaSettings settings() {
        return settings;
    }

    /**
     * Creates what is missing, if that is wanted, and checks the rest.
     *
     * @throws TopicProblemsException naming every problem of every topic
     * @throws ExchangeUnavailableException if the broker does not answer
     */
    public void ensure() {
        try (Admin admin = clients.newAdmin()) {
            Map<String, TopicDescription> found = describe(admin, shapes.keySet());
            Set<String> missing = new TreeSet<>(shapes.keySet());
            missing.removeAll(found.keySet());
            List<String> problems = settings.topics().create() ? create(admin, missing) : absent(missing);
            found.putAll(settings.topics().create() ? awaitCreated(admin, missing, problems) : Map.of());
            problems.addAll(check(admin, found));
            if (!problems.isEmpty()) {
                throw new TopicProblemsException(problems);
            }
        }
    }

    /** Kafka's id of a topic, as text. Asked of the broker once. */
    public String topicId(Topic<?> topic) {
        return topicId(topic.name());
    }

    String topicId(String topic) {
        String known = ids.get(topic);
        if (known != null) {
            return known;
        }
        try (Admin admin = clients.newAdmin()) {
            describe(admin, Set.of(topic));
        }
        String asked = ids.get(topic);
        if (asked == null) {
            throw new TopicProblemsException(List.of(topic + " does not exist: create it"));
        }
        return asked;
    }

    /** How many partitions a topic really has. */
    public int partitions(Topic<? extends Message> topic) {
        try (Admin admin = clients.newAdmin()) {
            return Optional.ofNullable(describe(admin, Set.of(topic.name())).get(topic.name()))
                    .orElseThrow(() -> new TopicProblemsException(List.of(topic.name() + " does not exist: create it")))
                    .partitions()
                    .size();
        }
    }

    private Map<String, TopicDescription> describe(Admin admin, Set<String> names) {
        Map<String, TopicDescription> found = new HashMap<>();
        admin.describeTopics(names).topicNameValues().forEach((name, answer) -> {
            try {
                TopicDescription description = await(answer);
                found.put(name, description);
                ids.put(name, description.topicId().toString());
            } catch (UnknownTopicOrPartitionException e) {
                ids.remove(name);
            } catch (KafkaException e) {
                throw unavailable("topic " + name + " cannot be described", e);
            }
        });
        return found;
    }

    private List<String> absent(Set<String> missing) {
        List<String> problems = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            if (missing.contains(name)) {
                problems.add(name + " does not exist: create it with " + shape.partitions() + " partitions and "
                        + shape.settings() + ", or set topics.create=true");
            }
        });
        return problems;
    }

    private List<String> create(Admin admin, Set<String> missing) {
        Optional<Short> replicas = settings.topics().replicationFactor() == 0
                ? Optional.empty()
                : Optional.of((short) settings.topics().replicationFactor());
        List<NewTopic> wanted = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            if (missing.contains(name)) {
                wanted.add(new NewTopic(name, Optional.of(shape.partitions()), replicas).configs(shape.settings()));
            }
        });
        List<String> problems = new ArrayList<>();
        admin.createTopics(wanted).values().forEach((name, answer) -> {
            try {
                await(answer);
            } catch (TopicExistsException e) {
                LOG.debug("another service created {} first", name);
            } catch (KafkaException e) {
                problems.add(name + " cannot be created: " + e.getMessage());
            }
        });
        return problems;
    }

    /** A broker shows a topic a little after it was created. */
    private Map<String, TopicDescription> awaitCreated(Admin admin, Set<String> names, List<String> problems) {
        Map<String, TopicDescription> shown = describe(admin, names);
        for (int tries = 0; shown.size() + problems.size() < names.size() && tries < SHOWN_WITHIN_TRIES; tries++) {
            LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
            shown = describe(admin, names);
        }
        return shown;
    }

    private List<String> check(Admin admin, Map<String, TopicDescription> found) {
        List<String> problems = new ArrayList<>();
        List<ConfigResource> asked = found.keySet().stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        admin.describeConfigs(asked).values().forEach((resource, answer) -> {
            String name = resource.name();
            try {
                Map<String, String> actual = new HashMap<>();
                for (ConfigEntry entry : await(answer).entries()) {
                    actual.put(entry.name(), entry.value() == null ? "" : entry.value());
                }
                TopicShape shape = shapes.get(name);
                TopicDescription description = found.get(name);
                if (shape != null && description != null) {
                    problems.addAll(
                            shape.problems(name, description.partitions().size(), actual));
                }
            } catch (KafkaException e) {
                throw unavailable("settings of topic " + name + " cannot be read", e);
            }
        });
        problems.sort(String::compareTo);
        return problems;
    }

    private ExchangeUnavailableException unavailable(String what, KafkaException cause) {
        return Asking.unavailable(what + " at " + settings.client().get("bootstrap.servers"), cause);
    }

    private static <T> T await(KafkaFuture<T> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExchangeUnavailableException("interrupted while waiting for the broker", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException failure ? failure : new KafkaException(e.getCause());
        }
    }
}
