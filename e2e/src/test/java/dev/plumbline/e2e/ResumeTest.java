package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.KlPenalty;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Run;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trainer that is killed again and again, against one that learns the same log in one go; both are processes. */
final class ResumeTest {
    private static final int STEPS = 6;
    /** With a checkpoint after every other step: the first step after one, and the second. */
    private static final Set<Integer> KILLED_WHILE_LEARNING = Set.of(1, 4);

    private static final int KILLED_AT_REST_AFTER = 5;

    @TempDir
    private Path directory;

    @Test
    void a_killed_and_resumed_trainer_ends_bit_equal_to_an_uninterrupted_one_fed_the_same_log() {
        try (TinyHouse house = new TinyHouse(directory);
                Crashes crashes = new Crashes(house)) {
            String runId =
                    house.create("resumed", everythingThatHasState(house)).getRunId();
            Path run = house.runDirectory(runId);
            house.awaitWantOfPrompts(runId);
            Disk.copy(run, directory.resolve("before"));

            for (int step = 1; step <= STEPS; step++) {
                house.send((step - 1) * TinyHouse.PROMPTS_PER_STEP, step * TinyHouse.PROMPTS_PER_STEP);
                if (KILLED_WHILE_LEARNING.contains(step)) {
                    assertThat(crashes.whileLearning(runId, step))
                            .as("killed while it learns step %s", step)
                            .isTrue();
                }
                house.awaitStep(runId, step);
                if (step == KILLED_AT_REST_AFTER) {
                    house.awaitWantOfPrompts(runId);
                    house.kill(Service.TRAINER);
                    house.restart(Service.TRAINER);
                    house.awaitStep(runId, step);
                }
                // The other one compares each step with what this one published.
                house.keep("policy@" + (step + 1));
            }
            Run interrupted = house.awaitSuccess(runId);
            Map<Path, ByteBuffer> learnt = Disk.contents(run.resolve("checkpoints"));
            List<Map<String, Double>> figures = house.figures(runId);
            List<ModelPublished> published = house.published(runId);
            assertThat(published).extracting(ModelPublished::getManifestSha256).doesNotHaveDuplicates();

            house.kill(Service.TRAINER);
            Disk.delete(run);
            Disk.copy(directory.resolve("before"), run);
            house.restart(Service.TRAINER);
            Run uninterrupted = house.awaitSuccess(runId);

            List<Map<String, Double>> again = house.figures(runId);
            assertThat(again).hasSameSizeAs(figures).hasSize(STEPS);
            for (int step = 1; step <= STEPS; step++) {
                assertThat(again.get(step - 1)).as("step %s", step).isEqualTo(figures.get(step - 1));
            }
            assertThat(Disk.contents(run.resolve("checkpoints"))).isEqualTo(learnt);
            assertThat(house.published(runId)).as("no fork").isEqualTo(published);
            assertThat(uninterrupted.getNotesList()).isEqualTo(interrupted.getNotesList());
            assertThat(uninterrupted.getModelsList())
                    .isEqualTo(interrupted.getModelsList())
                    .hasSize(STEPS + 1);
        }
    }

    /** Moments, a KL coefficient that adapts, a place in the pretraining text, shuffles of several passes. */
    private PpoSpec.Builder everythingThatHasState(TinyHouse house) {
        return house.ppoFromProducers(STEPS)
                // Long enough to be killed in the middle of.
                .setInnerEpochs(20)
                .setMinibatches(8)
                .setKl(KlPenalty.newBuilder()
                        .setCoefficient(0.01)
                        .setTarget(0.1)
                        .setHorizon(1000))
                .setPtx(house.pretraining());
    }
}
