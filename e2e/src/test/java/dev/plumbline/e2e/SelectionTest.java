package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fine-tuning whose checkpoints are answered with and judged by the real services. */
final class SelectionTest {

    @TempDir
    private Path directory;

    @Test
    void whatever_service_dies_the_weights_that_answer_best_are_the_result() {
        try (TinyHouse house = new TinyHouse(directory)) {
            List<MetricsPoint> judge = house.points(house.learnRewardModel().getRunId());
            assertThat(byStep(judge, "eval/accuracy").lastEntry().getValue())
                    .as("pairs that the reward model has in their order")
                    .isEqualTo(1.0);
            int steps = 16;
            String runId =
                    house.create("selects", house.judgedFineTuning(steps)).getRunId();
            long at = 4;
            for (Service victim : List.of(Service.POLICY, Service.REWARD, Service.TRAINER)) {
                house.awaitStep(runId, at);
                house.kill(victim);
                house.restart(victim);
                at += 4;
            }
            Run run = house.awaitSuccess(runId);

            List<MetricsPoint> points = house.points(runId);
            NavigableMap<Long, Double> scores = byStep(points, "eval/score");
            assertThat(scores).containsOnlyKeys(0L, 4L, 8L, 12L, 16L).isEqualTo(byStep(points, "eval/rewards/taste"));
            assertThat(scores.lastEntry().getValue())
                    .as("scores %s beside losses %s", scores, byStep(points, "eval/loss"))
                    .isGreaterThan(scores.firstEntry().getValue() + 1);
            NavigableMap<Long, Double> wanted = byStep(points, "eval/rewards/wanted");
            assertThat(wanted.lastEntry().getValue())
                    .as("answers with the word that the reward model was taught, %s", wanted)
                    .isGreaterThan(wanted.firstEntry().getValue() + 0.3);
            assertThat(byStep(points, "eval/errors").values()).containsOnly(0.0);
            assertThat(byStep(points, "eval/prompts").values()).containsOnly(16.0);

            assertThat(run.getModelsList()).containsExactly("policy@1");
            ModelPublished result = house.published(runId).stream()
                    .filter(model -> model.getName().equals("policy"))
                    .findFirst()
                    .orElseThrow();
            double best = scores.tailMap(1L).values().stream()
                    .mapToDouble(score -> score)
                    .max()
                    .orElseThrow();
            assertThat(scores).containsEntry(result.getStep(), best);
            assertThat(result.getParent()).startsWith("policy-candidate@");
            assertThat(house.runDirectory(runId).resolve("samples.jsonl"))
                    .content()
                    .hasLineCount(5 * 16);
        }
    }

    private static NavigableMap<Long, Double> byStep(List<MetricsPoint> points, String metric) {
        NavigableMap<Long, Double> values = new TreeMap<>();
        for (MetricsPoint point : points) {
            if (point.containsValues(metric)) {
                values.put(point.getStep(), point.getValuesOrThrow(metric));
            }
        }
        return values;
    }
}
