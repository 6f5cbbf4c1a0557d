package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command tells of runs that the real services did. */
final class RunCommandsTest {

    @TempDir
    private Path directory;

    @Test
    void runs_are_shown_compared_replayed_and_judged_anew() throws IOException, InterruptedException {
        try (TinyHouse house = new TinyHouse(directory)) {
            String run = house.awaitSuccess(house.create("first", house.ppo(4)).getRunId())
                    .getRunId();
            PpoSpec.Builder slower =
                    house.ppo(2).setOptimizer(Optimizer.newBuilder().setLearningRate(0.002));
            String other =
                    house.awaitSuccess(house.create("other", slower).getRunId()).getRunId();

            assertThat(said(house, "runs", "show", run))
                    .contains(run + ": succeeded, step 4 of 4", "checkpoints: step 2, step 4 (the best by")
                    .containsPattern("ppo\\.optimizer\\.learning_rate +0\\.01 +1\\.0E-6")
                    .containsPattern("data: ppo\\.prompts\\.path .*prompts\\.jsonl, sha256:[0-9a-f]{64}")
                    .containsPattern("objective/scores +0\\.\\d+ +[▁▂▃▄▅▆▇█]{4}")
                    .contains("samples after step 4")
                    .containsPattern("good.* +1 +wanted 1");

            assertThat(said(house, "runs", "compare", run, other))
                    .containsPattern("A  " + run + " +succeeded +4/4\nB  " + other + " +succeeded +2/2")
                    .containsPattern("ppo\\.optimizer\\.learning_rate +0\\.01 +0\\.002")
                    .doesNotContain("ppo.minibatches")
                    .containsPattern("eval/reward +0\\.\\d+ +0\\.\\d+ +0\\.\\d+ +0\\.\\d+");

            assertThat(said(house, "replay", run, "--from", "2"))
                    .containsPattern("\n3 +policy@4 +([0-9a-f]{16}) +\\1 +yes\n4 +policy@5 +([0-9a-f]{16}) +\\2 +yes\n")
                    .doesNotContain("\n2 ");

            Path anything = Files.writeString(
                    directory.resolve("reward.yaml"),
                    "components: [{name: any, regular_expression: {pattern: \".*\"}}]\n");
            assertThat(said(house, "rescore", run, anything.toString()))
                    .containsPattern("1 +64 +0\\.\\d+ +1 +0\n2 +64 +0\\.\\d+ +1 +0\n3 +64 +0\\.\\d+ +1 +0\n4 +64");
        }
    }

    private static String said(TinyHouse house, String... arguments) throws InterruptedException {
        HouseCommand command = HouseCommand.run(house, arguments);
        assertThat(command.code()).as(command.out()).isZero();
        return command.out();
    }
}
