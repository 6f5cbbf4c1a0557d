package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.LogWriter;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.trainer.v1.PromptSource;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a run's prompts come from, and what becomes of those that nobody can answer. */
final class PpoPromptsTest {
    @TempDir
    Path directory;

    @Test
    void promptsWithErrorsAreCountedAndLeftOut() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 2);
        spec.getPpoBuilder().setMinGroupShare(0.5);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())
                        .failing(prompt -> prompt.getId().endsWith("/1"))) {
            Run run = services.finish(bench, bench.create(spec.build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
            assertThat(bench.metric(run.getRunId(), "groups/failed")).containsExactly(1.0, 0.0);
            assertThat(bench.metric(run.getRunId(), "groups/all")).containsExactly(4.0, 4.0);
            assertThat(run.getNotesList()).anySatisfy(note -> assertThat(note).contains("CONTEXT_TOO_LONG"));
        }
    }

    @Test
    void tooManyErrorsFailTheRunWithTheReason() {
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics())
                        .failing(prompt -> prompt.getId().endsWith("/1"))) {
            Run run = services.finish(
                    bench, bench.create(TestSpecs.ppo(directory, 2).build()));

            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_FAILED);
            assertThat(run.getFailure())
                    .contains("step 1: only 3 of 4 prompts")
                    .contains("min_group_share")
                    .contains("CONTEXT_TOO_LONG");
            while (bench.poll() > 0) {
                // the end of the run is told to the other services
            }
            assertThat(bench.connection().view().hasEnded(run.getRunId())).isTrue();
        }
    }

    @Test
    void otherProducersPromptsAreTakenAsTheyCome() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 2);
        spec.getPpoBuilder().clearPrompts().setPromptsFrom(PromptSource.PROMPT_SOURCE_PRODUCERS);
        try (Bench bench = Bench.in(directory.resolve("a"));
                HandMadeServices services = new HandMadeServices(bench.topics());
                LogWriter producer = new LogWriter(bench.topics())) {
            produce(bench, producer, 0, 3); // before the run: windows begin where the last run stopped
            String id = bench.create(spec.build());
            while (!bench.get(id).getWaiting().getReason().contains("1 of 4 prompts from producers")) {
                bench.poll();
                services.poll();
            }
            produce(bench, producer, 3, 9);
            Run run = services.finish(bench, id);

            assertThat(run.getFailure()).isEmpty();
            assertThat(bench.metric(id, "groups/all")).containsExactly(4.0, 4.0);
            List<StepAdmitted> steps = bench.connection().view().steps(id);
            assertThat(steps).extracting(StepAdmitted::getStep).containsExactly(1L, 1L, 2L);
            assertThat(steps).extracting(StepAdmitted::getInstalment).containsExactly(0, 1, 0);
        }
    }

    @Test
    void aRecordThatIsNoPromptIsAFailedPromptOfItsStep() {
        RunSpec.Builder spec = TestSpecs.ppo(directory, 2);
        spec.getPpoBuilder()
                .clearPrompts()
                .setPromptsFrom(PromptSource.PROMPT_SOURCE_PRODUCERS)
                .setMinGroupShare(0.5);
        Bench bench = Bench.in(directory.resolve("a"));
        try (HandMadeServices services = new HandMadeServices(bench.topics());
                LogWriter producer = new LogWriter(bench.topics())) {
            String id = bench.create(spec.build());
            producePoison(bench, producer);
            produce(bench, producer, 0, 7);
            while (bench.get(id).getStep() < 1) {
                bench.poll();
                services.poll();
            }
            try (Bench resumed = bench.restarted()) {
                Run run = services.finish(resumed, id);

                assertThat(run.getFailure()).isEmpty();
                assertThat(resumed.metric(id, "groups/all")).containsExactly(4.0, 4.0);
                assertThat(resumed.metric(id, "groups/failed")).containsExactly(1.0, 0.0);
                assertThat(run.getNotesList())
                        .singleElement()
                        .asString()
                        .contains("step 1: 1 of 4 prompts left out, the first for UNSUPPORTED_CONTENT_TYPE");
            }
        }
    }

    private static void produce(Bench bench, LogWriter producer, int from, int to) {
        for (int i = from; i < to; i++) {
            producer.send(
                            bench.topics().trainingPrompts(),
                            Prompt.newBuilder()
                                    .setId("p" + i)
                                    .setText("question " + i)
                                    .build())
                    .join();
        }
    }

    private static void producePoison(Bench bench, LogWriter producer) {
        producer.send(
                        bench.topics().trainingPrompts(),
                        Prompt.newBuilder().setId("poison").build(),
                        Map.of("content-type", "text/plain"))
                .join();
    }
}
