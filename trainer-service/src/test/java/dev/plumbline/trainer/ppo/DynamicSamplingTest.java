package dev.plumbline.trainer.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.rl.reward.MissingEos;
import dev.plumbline.rl.reward.OverlongPenalty;
import dev.plumbline.trainer.answers.Episode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DynamicSamplingTest {
    private static final Scoring SCORING = new Scoring(new MissingEos.Keep(), OverlongPenalty.none());

    @Test
    void promptsWhoseAnswersScoreTheSameAreLeftOutAndReplaced() {
        DynamicSampling sampling = new DynamicSampling(SCORING, 2, 3, 9);
        StepBatch step = step(3, 1, 1, 0, 1, 0, 0);

        assertThat(sampling.wanted(step)).isEqualTo(2);
        assertThat(rewards(sampling.learnt(step))).containsExactly(0f, 1f);
        assertThat(sampling.figures(step))
                .containsEntry("frac_reward_zero_std", 2 / 3.0)
                .containsEntry("groups/equal", 2.0);
    }

    @Test
    void aStepAsksForNoMorePromptsThanItMay() {
        assertThat(new DynamicSampling(SCORING, 2, 3, 4).wanted(step(3, 1, 1, 0, 1, 0, 0)))
                .isEqualTo(1);
        assertThat(new DynamicSampling(SCORING, 2, 3, 4).wanted(step(4, 1, 1, 0, 1, 0, 0, 2, 2)))
                .isZero();
    }

    @Test
    void aPromptThatFailedIsNotReplaced() {
        assertThat(new DynamicSampling(SCORING, 2, 3, 9).wanted(step(3, 0, 1, 0, 1)))
                .isZero();
    }

    @Test
    void aStepOfWhichNothingIsLeftIsLearntWhole() {
        DynamicSampling sampling = new DynamicSampling(SCORING, 2, 1, 2);
        StepBatch step = step(2, 1, 1, 0, 0);

        assertThat(sampling.learnt(step)).isSameAs(step);
        assertThat(sampling.figures(step))
                .containsEntry("frac_reward_zero_std", 1.0)
                .containsEntry("groups/equal", 0.0);
    }

    @Test
    void whereItIsOffEverythingIsLearnt() {
        DynamicSampling sampling = new DynamicSampling(SCORING, 2, 2, 2);
        StepBatch step = step(2, 1, 1, 0, 1);

        assertThat(sampling.wanted(step)).isZero();
        assertThat(sampling.learnt(step)).isSameAs(step);
        assertThat(sampling.figures(step)).containsEntry("frac_reward_zero_std", 0.5);
    }

    @Test
    void singleAnswersHaveNothingToBeEqualTo() {
        assertThat(new DynamicSampling(SCORING, 1, 2, 2).figures(step(2, 1, 1))).isEmpty();
    }

    @Test
    void scoresAreComparedAfterWhatLengthAndEndingCost() {
        Scoring scoring = new Scoring(new MissingEos.Penalty(1), new OverlongPenalty(4, 2, 1));
        Episode ended = episode(2, 2, true);
        Episode cut = episode(2, 4, false);

        assertThat(scoring.scores(List.of(ended, cut))).containsExactly(2, 0);
        assertThat(scoring.allEqual(List.of(ended, cut))).isFalse();
        assertThat(scoring.allEqual(List.of(ended, episode(2.5f, 3, true)))).isTrue();
    }

    private static StepBatch step(int members, float... rewards) {
        List<Episode> episodes = new ArrayList<>();
        for (float reward : rewards) {
            episodes.add(episode(reward, 1, true));
        }
        return new StepBatch(1, episodes, members, List.of());
    }

    private static List<Float> rewards(StepBatch step) {
        return step.episodes().stream().map(Episode::reward).toList();
    }

    private static Episode episode(float reward, int tokens, boolean ended) {
        return new Episode(
                new TokenSequence(new int[tokens + 1], 1),
                new float[tokens],
                new float[tokens],
                new long[tokens],
                reward,
                Map.of("rule", reward),
                ended);
    }
}
