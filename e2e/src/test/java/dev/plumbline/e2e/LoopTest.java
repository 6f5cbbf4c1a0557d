package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.exchange.Incoming;
import dev.plumbline.exchange.LogWriter;
import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.exchange.Topic;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Trajectory;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GetModelInfoRequest;
import dev.plumbline.proto.trainer.v1.ListRunsRequest;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop, by real processes over a real broker, undisturbed and under faults. */
final class LoopTest {

    private static final byte[] POISON = {(byte) 0xff, 0x01, 0x02};

    @TempDir
    private Path directory;

    @Test
    void the_loop_learns() {
        try (TinyHouse house = new TinyHouse(directory)) {
            int steps = 14;
            Run run =
                    house.awaitSuccess(house.create("learns", house.ppo(steps)).getRunId());

            List<MetricsPoint> points = house.points(run.getRunId());
            List<Double> rewards = values(points, "eval/reward");
            assertThat(rewards.get(rewards.size() - 1)).isGreaterThan(rewards.get(0) + 0.3);
            assertThat(values(points, "policy/first_pass_ratio_error"))
                    .hasSize(steps)
                    .allSatisfy(error -> assertThat(error).isLessThan(1e-3));
            assertThat(run.getModelsList()).hasSize(steps + 1);
            assertEveryStepHasItsOwnPrompts(house, run.getRunId(), steps);
        }
    }

    @Test
    void whatever_service_dies_nothing_is_lost_and_nothing_trained_twice() {
        try (TinyHouse house = new TinyHouse(directory)) {
            int steps = 9;
            String runId = house.create("survives", house.ppo(steps)).getRunId();
            long at = 1;
            for (Service victim : List.of(Service.POLICY, Service.REWARD, Service.TRAINER)) {
                house.awaitStep(runId, at);
                house.kill(victim);
                house.restart(victim);
                at += 2;
            }
            Run run = house.awaitSuccess(runId);

            assertThat(run.getStep()).isEqualTo(steps);
            assertEveryStepHasItsOwnPrompts(house, runId, steps);
            List<MetricsPoint> points = house.points(runId);
            assertThat(values(points, "policy/first_pass_ratio_error"))
                    .hasSize(steps)
                    .allSatisfy(error -> assertThat(error).isLessThan(1e-3));
            // Every step learnt its own episodes and no others, also those that were learnt again after the kill.
            double episodes = TinyHouse.PROMPTS_PER_STEP * TinyHouse.SAMPLES_PER_PROMPT;
            assertThat(values(points, "episode"))
                    .isEqualTo(IntStream.rangeClosed(1, steps)
                            .mapToObj(step -> step * episodes)
                            .toList());
        }
    }

    @Test
    void poison_goes_to_the_dead_letters_fails_its_own_prompt_and_the_loop_goes_on() {
        try (TinyHouse house = new TinyHouse(directory)) {
            String runId = house.create("poisoned", house.ppoFromProducers(2)).getRunId();
            house.awaitWantOfPrompts(runId);
            // Refused at once, since nothing before it waits for an admission; the step that will have it comes later.
            sendPoison(house, house.topics().trainingPrompts(), "first");
            house.send(0, TinyHouse.PROMPTS_PER_STEP - 1);
            house.awaitStep(runId, 1);
            house.send(20, 20 + TinyHouse.PROMPTS_PER_STEP / 2);
            sendPoison(house, house.topics().trainingPrompts(), "second");
            house.send(40, 40 + TinyHouse.PROMPTS_PER_STEP / 2 - 1);
            Run run = house.awaitSuccess(runId);

            double all = TinyHouse.PROMPTS_PER_STEP;
            assertThat(values(house.points(runId), "groups/all")).containsExactly(all, all);
            assertThat(values(house.points(runId), "groups/failed")).containsExactly(1.0, 1.0);
            assertThat(values(house.points(runId), "episode"))
                    .containsExactly(
                            (all - 1) * TinyHouse.SAMPLES_PER_PROMPT, 2 * (all - 1) * TinyHouse.SAMPLES_PER_PROMPT);
            assertThat(run.getNotesList())
                    .hasSize(2)
                    .allSatisfy(note ->
                            assertThat(note).contains("1 of 16 prompts left out, the first for MALFORMED_PROTOBUF"));

            sendPoison(house, house.topics().prompts(), "plain");
            try (LogWriter prompts = new LogWriter(house.topics())) {
                prompts.send(
                                house.topics().prompts(),
                                Prompt.newBuilder()
                                        .setId("good")
                                        .setText("say good")
                                        .build())
                        .join();
            }

            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(rollouts(house)).anySatisfy(rollout -> {
                        assertThat(rollout.getPrompt().getId()).isEqualTo("good");
                        assertThat(rollout.hasError()).isFalse();
                    }));
            assertRefused(house, "first", "second", "plain");
        }
    }

    @Test
    void a_corrupted_version_is_refused_and_the_old_one_serves_on() {
        try (TinyHouse house = new TinyHouse(directory)) {
            house.awaitSuccess(house.create("first", house.ppo(1)).getRunId());
            String served = served(house);

            Published.corrupted(house, "policy");

            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(refusals(house)).contains("plumbline_models_refused_total"));
            assertThat(served(house)).isEqualTo(served);
            assertThat(house.client()
                            .policy()
                            .generate(GenerateRequest.newBuilder()
                                    .setText("say good")
                                    .build())
                            .getModel())
                    .isEqualTo(served);
        }
    }

    @Test
    void a_spec_that_cannot_work_is_refused_with_all_its_problems_and_leaves_nothing() {
        try (TinyHouse house = new TinyHouse(directory)) {
            assertThatThrownBy(() -> house.create(
                            "impossible",
                            house.ppo(0)
                                    .setSamplesPerPrompt(0)
                                    .setModel("/nowhere")
                                    .clearStopping()))
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageContaining("steps")
                    .hasMessageContaining("samples_per_prompt")
                    .hasMessageContaining("/nowhere")
                    .hasMessageContaining("max_tokens");
            // The base model's run is the only one there is.
            assertThat(house.client()
                            .trainer()
                            .listRuns(ListRunsRequest.getDefaultInstance())
                            .getRunsList())
                    .hasSize(1);
            assertThat(house.all(house.topics().runs())).isEmpty();
        }
    }

    private static void sendPoison(TinyHouse house, Topic<Prompt> topic, String key) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", house.client().addresses().kafka()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            var sent =
                    producer.send(new ProducerRecord<>(topic.name(), 0, key.getBytes(StandardCharsets.UTF_8), POISON));
            assertThat(sent).succeedsWithin(Duration.ofSeconds(20));
        }
    }

    /** Each has a rollout that says why, and a dead letter with its bytes, and there are no others. */
    private static void assertRefused(TinyHouse house, String... keys) {
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(rollouts(house).stream().filter(Rollout::hasError))
                    .extracting(rollout -> rollout.getPrompt().getId())
                    .containsExactlyInAnyOrder(keys);
            assertThat(DeadLetters.read(house.topics()))
                    .hasSize(keys.length)
                    .allSatisfy(letter -> assertThat(letter).isEqualTo(POISON));
        });
    }

    private static List<Rollout> rollouts(TinyHouse house) {
        return house.all(house.topics().rollouts()).stream()
                .map(Incoming::message)
                .toList();
    }

    private static String served(TinyHouse house) {
        return house.client()
                .policy()
                .getModelInfo(GetModelInfoRequest.getDefaultInstance())
                .getModel();
    }

    private static String refusals(TinyHouse house) {
        return house.metrics(Service.POLICY);
    }

    /** By the log alone: the windows of the steps share no prompt, and every prompt in them came back judged. */
    private static void assertEveryStepHasItsOwnPrompts(TinyHouse house, String runId, int steps) {
        Map<RecordIdentity, Long> judged = new TreeMap<>();
        for (Incoming<Trajectory> record : house.all(house.topics().trajectories())) {
            Rollout rollout = record.message().getRollout();
            if (rollout.getRunId().equals(runId)) {
                assertThat(record.message().hasError()).isFalse();
                assertThat(rollout.getSamplesCount()).isEqualTo(TinyHouse.SAMPLES_PER_PROMPT);
                judged.put(RecordIdentity.of(rollout.getPosition()), rollout.getStep());
            }
        }
        Set<RecordIdentity> members = new HashSet<>();
        Set<Long> admitted = new HashSet<>();
        List<Incoming<Prompt>> prompts = house.all(house.topics().trainingPrompts());
        for (Incoming<StepAdmitted> record : house.all(house.topics().steps())) {
            StepAdmitted step = record.message();
            if (!step.getRunId().equals(runId)) {
                continue;
            }
            admitted.add(step.getStep());
            for (Incoming<Prompt> prompt : prompts) {
                if (step.getWindowsList().stream().anyMatch(window -> holds(window, prompt.identity()))) {
                    assertThat(members.add(prompt.identity()))
                            .as("prompt %s is a member of one step only", prompt.identity())
                            .isTrue();
                    assertThat(judged).containsEntry(prompt.identity(), step.getStep());
                }
            }
        }
        assertThat(admitted).hasSize(steps);
        assertThat(members).hasSize(steps * TinyHouse.PROMPTS_PER_STEP);
    }

    private static boolean holds(Window window, RecordIdentity prompt) {
        return window.getPartition() == prompt.partition()
                && window.getFromOffset() <= prompt.offset()
                && prompt.offset() < window.getToOffset();
    }

    private static List<Double> values(List<MetricsPoint> points, String metric) {
        return points.stream()
                .filter(point -> point.containsValues(metric))
                .map(point -> point.getValuesOrThrow(metric))
                .toList();
    }
}
