package dev.plumbline.rl.loss;

import dev.plumbline.rl.RunningSummary;
import dev.plumbline.rl.Summary;
import dev.plumbline.rl.TokenMask;

/**
 * How far a policy has moved from the one that is its reference in the ratio. Diagnostics of micro-batches add up.
 *
 * @param ratio ρ = π/π_old as the loss of each token has it: its own, or its answer's
 * @param logRatio log ρ per token, nats
 * @param entropy per token, nats
 * @param clipped tokens whose loss the clipped ratio decides
 * @param dualClipped tokens whose loss the dual clip bounds
 */
public record PolicyDiagnostics(Summary ratio, Summary logRatio, Summary entropy, long clipped, long dualClipped) {
    public static final PolicyDiagnostics NONE =
            new PolicyDiagnostics(Summary.EMPTY, Summary.EMPTY, Summary.EMPTY, 0, 0);

    static PolicyDiagnostics measure(
            float[][] logProbs, float[][] entropies, PolicyExperience experience, PolicyLoss loss) {
        TokenMask mask = experience.mask();
        mask.requireFinite("logProbs", logProbs);
        mask.requireFinite("entropies", entropies);
        double[][] ratio = loss.ratios(logProbs, experience);
        ClippedPolicyLoss surrogate = loss.surrogate();
        RunningSummary ratios = new RunningSummary();
        RunningSummary logRatios = new RunningSummary();
        long clipped = 0;
        long dualClipped = 0;
        for (int row = 0; row < mask.rows(); row++) {
            for (int token = 0; token < mask.length(row); token++) {
                if (mask.includes(row, token)) {
                    double advantage = experience.advantages()[row][token];
                    ratios.add(ratio[row][token]);
                    logRatios.add((double) logProbs[row][token] - experience.oldLogProbs()[row][token]);
                    clipped += surrogate.clips(ratio[row][token], advantage) ? 1 : 0;
                    dualClipped += surrogate.dualClips(ratio[row][token], advantage) ? 1 : 0;
                }
            }
        }
        return new PolicyDiagnostics(
                ratios.summary(), logRatios.summary(), Summary.of(entropies, mask), clipped, dualClipped);
    }

    public PolicyDiagnostics plus(PolicyDiagnostics other) {
        return new PolicyDiagnostics(
                ratio.plus(other.ratio),
                logRatio.plus(other.logRatio),
                entropy.plus(other.entropy),
                clipped + other.clipped,
                dualClipped + other.dualClipped);
    }

    public long tokens() {
        return ratio.count();
    }

    /** ½ mean (log ρ)², nats per token ({@code policy/approxkl_avg}); NaN without tokens. */
    public double approxKl() {
        return 0.5 * logRatio.meanSquare();
    }

    /** The share of clipped tokens ({@code policy/clipfrac_avg}); NaN without tokens. */
    public double clipFraction() {
        return clipped / (double) tokens();
    }

    /** The share of tokens bounded by the dual clip; NaN without tokens. */
    public double dualClipFraction() {
        return dualClipped / (double) tokens();
    }

    /**
     * max |ρ − 1|; NaN without tokens. In the first pass over fresh experience, before any update, this is the error of the
     * log-probs that sampler and learner should agree on.
     */
    public double maxRatioError() {
        return Math.max(Math.abs(ratio.max() - 1), Math.abs(ratio.min() - 1));
    }
}
