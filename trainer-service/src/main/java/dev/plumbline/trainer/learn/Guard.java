package dev.plumbline.trainer.learn;

import dev.plumbline.proto.trainer.v1.GoldReward;
import dev.plumbline.proto.trainer.v1.GuardrailAction;
import dev.plumbline.proto.trainer.v1.Guardrails;
import dev.plumbline.trainer.run.ActiveRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Watches the figures of a run's steps for signs that it goes wrong, which are taken for that when they stay. What a step
 * shows is how the weights were before it, so that the last good ones are those of two steps before the first that broke a
 * rule.
 */
public final class Guard {
    private final List<Watched> rails = new ArrayList<>();
    private final int patience;
    private final boolean rollsBack;
    private Optional<Breach> breach = Optional.empty();

    Guard(Guardrails given) {
        patience = Math.max(1, given.getPatience());
        rollsBack = given.getAction() == GuardrailAction.GUARDRAIL_ACTION_ROLLBACK;
        if (given.hasMaxKl()) {
            add(Rail.atMost("max_kl", "objective/kl", given.getMaxKl()));
        }
        if (given.hasMaxRatioError()) {
            add(Rail.atMost("max_ratio_error", "policy/first_pass_ratio_error", given.getMaxRatioError()));
        }
        if (given.hasMaxMismatchKl()) {
            add(Rail.atMost("max_mismatch_kl", "mismatch_kl", given.getMaxMismatchKl()));
        }
        if (given.hasMinEntropy()) {
            add(Rail.atLeast("min_entropy", "policy/entropy_avg", given.getMinEntropy()));
        }
        if (given.hasMaxTruncationRate()) {
            add(Rail.atMost("max_truncation_rate", "completions/clipped_ratio", given.getMaxTruncationRate()));
        }
        if (given.hasMaxGradientNorm()) {
            for (String model : List.of("model", "policy", "critic", "total")) {
                add(Rail.atMost("max_gradient_norm", "gradient_norm/" + model, given.getMaxGradientNorm()));
            }
        }
        if (given.hasRewardAgainstGold()) {
            GoldReward gold = given.getRewardAgainstGold();
            add(new Rail.Gold("rewards/" + gold.getComponent() + "/mean", gold.getMaxFall()));
        }
    }

    /** The guard of a run, that has seen what was measured so far. */
    public static Guard of(ActiveRun run) {
        Guard guard = new Guard(run.spec().getGuardrails());
        run.measurements(guard::watch);
        return guard;
    }

    /**
     * A run that is to end.
     *
     * @param reason names figure, value, bound and step
     * @param goodStep the last step whose weights showed nothing bad; may be less than 0
     */
    public record Breach(String reason, long goodStep) {}

    /** A rail, and for how many steps in a row it did not hold. */
    private static final class Watched {
        private final Rail rail;
        private long judged = -1;
        private int broken;

        private Watched(Rail rail) {
            this.rail = rail;
        }

        /** Takes a step's figures, which may come again; returns whether they break the rule. */
        private boolean breaks(long step, Map<String, Double> figures) {
            Rail.Judgement judgement = rail.judge(figures);
            if (step <= judged || judgement == Rail.Judgement.UNKNOWN) {
                return false;
            }
            judged = step;
            broken = judgement == Rail.Judgement.BROKEN ? broken + 1 : 0;
            return broken > 0;
        }
    }

    private void add(Rail rail) {
        rails.add(new Watched(rail));
    }

    /** Takes a step's figures, possibly not all of them. */
    public void watch(long step, Map<String, Double> figures) {
        for (Watched watched : rails) {
            if (watched.breaks(step, figures) && watched.broken >= patience && breach.isEmpty()) {
                breach = Optional.of(new Breach(
                        "guardrails." + watched.rail.reason(figures) + " at step " + step
                                + (patience == 1 ? "" : ", " + patience + " steps in a row"),
                        step - patience - 1));
            }
        }
    }

    /** A step could not be made, whatever the bounds are. */
    public void failed(long step, String reason) {
        breach = Optional.of(new Breach(reason + " (at step " + step + ")", step - 2));
    }

    /** Why the run has to end; empty while all is well. */
    public Optional<Breach> breach() {
        return breach;
    }

    /** Whether the last good weights are to be the newest version when the run has to end. */
    public boolean rollsBack() {
        return rollsBack;
    }
}
