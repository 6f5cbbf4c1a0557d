package dev.plumbline.trainer.ppo;

import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.trainer.answers.Episode;
import java.util.List;

/**
 * Compares the learner's log-probabilities with the engine's before the first update of a step. Their ratio is 1 where the
 * same weights sampled, whatever else may be wrong with a run, so its error is the best single check of the whole stack.
 */
final class FirstPass {
    private final long onPolicyVersion;
    private double ratioError;
    private double mismatch;
    private long tokens;

    /** @param onPolicyVersion the version whose weights the learner has now */
    FirstPass(long onPolicyVersion) {
        this.onPolicyVersion = onPolicyVersion;
    }

    /** @param logProbs the learner's, one row per episode */
    void compare(List<Episode> episodes, float[][] logProbs) {
        for (int row = 0; row < logProbs.length; row++) {
            Episode episode = episodes.get(row);
            for (int t = 0; t < logProbs[row].length; t++) {
                double engine = episode.behaviour()[t];
                mismatch += KlEstimator.K3.estimate(engine, logProbs[row][t]);
                tokens++;
                if (episode.versions()[t] == onPolicyVersion) {
                    ratioError = Math.max(ratioError, Math.abs(StrictMath.expm1(logProbs[row][t] - engine)));
                }
            }
        }
    }

    /** max |π_learner / μ_engine − 1| over the tokens sampled by the learner's own version. */
    double ratioError() {
        return ratioError;
    }

    /** KL(μ ‖ π_learner) per token, nats. */
    double mismatchKl() {
        return tokens == 0 ? 0 : mismatch / tokens;
    }
}
