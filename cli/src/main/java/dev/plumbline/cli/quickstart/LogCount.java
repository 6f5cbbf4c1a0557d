package dev.plumbline.cli.quickstart;

import com.google.protobuf.Message;
import dev.plumbline.exchange.Fetched;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogReader;
import dev.plumbline.exchange.Topic;
import dev.plumbline.exchange.Topics;
import dev.plumbline.proto.exchange.v1.Rollout;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * What is in Kafka after a run.
 *
 * @param prompts records of both topics of prompts
 * @param versionsServed "name@version" of each model that produced a token for the run
 */
record LogCount(long prompts, long rollouts, long trajectories, Set<String> versionsServed) {
    private static final Duration POLL = Duration.ofMillis(500);

    LogCount {
        versionsServed = Set.copyOf(versionsServed);
    }

    static LogCount read(Topics topics, String runId) {
        Set<String> versions = new TreeSet<>();
        long prompts =
                count(topics, topics.prompts(), prompt -> {}) + count(topics, topics.trainingPrompts(), prompt -> {});
        long rollouts = count(topics, topics.rollouts(), rollout -> collect(rollout, runId, versions));
        return new LogCount(prompts, rollouts, count(topics, topics.trajectories(), trajectory -> {}), versions);
    }

    private static void collect(Rollout rollout, String runId, Set<String> versions) {
        if (rollout.getPrompt().getRunId().equals(runId)) {
            rollout.getSamplesList()
                    .forEach(sample -> sample.getModelVersionsList().forEach(span -> versions.add(span.getModel())));
        }
    }

    private static <M extends Message> long count(Topics topics, Topic<M> topic, Consumer<M> each) {
        long count = 0;
        try (LogReader<M> reader = new LogReader<>(topics, topic)) {
            Map<Integer, Long> ends = reader.endOffsets();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                for (Fetched<M> record : reader.poll(POLL)) {
                    count++;
                    if (record instanceof Incoming<M> incoming) {
                        each.accept(incoming.message());
                    }
                }
            }
        }
        return count;
    }
}
