package dev.plumbline.trainer.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.run.RunFailure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StepBatchTest {
    @Test
    void stalenessIsCountedPerTokenFromTheVersionBeforeTheStep() {
        StepBatch batch = new StepBatch(5, List.of(episode(1, 4, 4), episode(3, 3, Episode.UNKNOWN)), 2, List.of());
        Map<String, Double> figures = batch.figures(4);

        assertThat(figures).containsEntry("staleness/max", 1.0).containsEntry("staleness/outside_lineage", 1.0);
        assertThat(figures.get("staleness/mean")).isEqualTo(1.0 / 3);
        assertThat(figures)
                .containsEntry("staleness/0", 2.0)
                .containsEntry("staleness/1", 1.0)
                .containsEntry("staleness/4", 0.0)
                .doesNotContainKey("staleness/5");
        assertThat(figures.get("rewards/rule/mean")).isEqualTo(2);
        assertThat(figures.get("rewards/rule/std")).isEqualTo(1);
        assertThat(figures.get("completions/mean_length")).isEqualTo(2);
    }

    @Test
    void theShareOfAnsweredPromptsDecidesWhetherAStepIsLearnt() {
        StepBatch batch = new StepBatch(2, List.of(episode(1, 1)), 10, List.of("POISON: no", "LATE: yes"));

        assertThatCode(() -> batch.requireShare(0.8)).doesNotThrowAnyException();
        assertThatThrownBy(() -> batch.requireShare(0.81))
                .isInstanceOf(RunFailure.class)
                .hasMessageContaining("only 8 of 10 prompts")
                .hasMessageContaining("the first error is POISON: no");
        assertThat(batch.note()).contains("step 2: 2 of 10 prompts left out, the first for POISON: no");
    }

    @Test
    void aStepOfWhichNothingIsLeftCannotBeLearnt() {
        StepBatch batch = new StepBatch(2, List.of(), 1, List.of("POISON: no"));
        assertThatThrownBy(() -> batch.requireShare(0)).isInstanceOf(RunFailure.class);
    }

    private static Episode episode(float reward, long... versions) {
        int tokens = versions.length;
        return new Episode(
                new TokenSequence(new int[tokens + 1], 1),
                new float[tokens],
                new float[tokens],
                versions,
                reward,
                Map.of("rule", reward),
                true);
    }
}
