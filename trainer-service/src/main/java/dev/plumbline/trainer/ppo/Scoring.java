package dev.plumbline.trainer.ppo;

import dev.plumbline.rl.reward.MissingEos;
import dev.plumbline.rl.reward.OverlongPenalty;
import dev.plumbline.trainer.answers.Episode;
import java.util.List;

/** What an answer scores: its reward, less what it loses for not ending by itself and for its length. */
record Scoring(MissingEos missingEos, OverlongPenalty overlong) {
    float score(Episode episode) {
        return overlong.score(missingEos.score(episode.reward(), episode.ended()), episode.behaviour().length);
    }

    float[] scores(List<Episode> episodes) {
        float[] scores = new float[episodes.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = score(episodes.get(i));
        }
        return scores;
    }

    /** Whether all answers to a prompt score the same, so that none of them is better than another. */
    boolean allEqual(List<Episode> answers) {
        return answers.stream().map(this::score).distinct().count() == 1;
    }
}
