package dev.plumbline.trainer.answers;

import dev.plumbline.lm.TokenSequence;
import java.util.Map;

/**
 * One answer to one prompt, judged. Arrays have one entry per response token and are not to be modified.
 *
 * @param behaviour log μ: log-probabilities the engine recorded when it sampled, nats, at the run's temperature
 * @param reference log-probabilities under the reference at the same temperature, nats; none where the run has no reference
 * @param versions step of the policy version that produced each token; {@link #UNKNOWN} for a version outside the lineage
 * @param reward weighted total of the reward's components
 * @param components raw values by name
 * @param ended whether it ended by EOS or a stop, rather than being cut off
 */
@SuppressWarnings("ArrayRecordComponent") // numbers for a model: never compared, and too many to copy
public record Episode(
        TokenSequence sequence,
        float[] behaviour,
        float[] reference,
        long[] versions,
        float reward,
        Map<String, Float> components,
        boolean ended) {
    /** A version that this run's weights do not descend from. */
    public static final long UNKNOWN = -1;

    /** Σ log μ − log π_ref over the response, nats: an estimate of the KL divergence per sequence. */
    public double kl() {
        double sum = 0;
        for (int t = 0; t < behaviour.length; t++) {
            sum += (double) behaviour[t] - reference[t];
        }
        return sum;
    }

    /** Whether every token is from this version of the run. */
    public boolean isFrom(long step) {
        for (long version : versions) {
            if (version != step) {
                return false;
            }
        }
        return true;
    }
}
