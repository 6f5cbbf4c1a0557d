package dev.plumbline.trainer.learn;

import java.util.Map;
import java.util.Optional;

/** A rule for a run's figures. */
sealed interface Rail {
    /** What figures say of a rule. */
    enum Judgement {
        /** They are not the ones it is about. */
        UNKNOWN,
        HOLDS,
        BROKEN
    }

    Judgement judge(Map<String, Double> figures);

    /** For people: rule, figure, value and bound. */
    String reason(Map<String, Double> figures);

    static Rail atMost(String rule, String figure, double bound) {
        return new Bound(rule, figure, bound, true);
    }

    static Rail atLeast(String rule, String figure, double bound) {
        return new Bound(rule, figure, bound, false);
    }

    /** A figure stays on one side of a number. What could not be measured, NaN, breaks nothing. */
    record Bound(String rule, String figure, double bound, boolean atMost) implements Rail {
        @Override
        public Judgement judge(Map<String, Double> figures) {
            double value = figures.getOrDefault(figure, Double.NaN);
            if (Double.isNaN(value)) {
                return Judgement.UNKNOWN;
            }
            return (atMost ? value <= bound : value >= bound) ? Judgement.HOLDS : Judgement.BROKEN;
        }

        @Override
        public String reason(Map<String, Double> figures) {
            return rule + ": " + figure + " was " + figures.get(figure) + ", " + (atMost ? "at most " : "at least ")
                    + bound + " is allowed";
        }
    }

    /**
     * A reward that is not learnt does not fall while the one that is rises: over-optimisation (Gao et al. 2023,
     * arXiv:2210.10760).
     */
    final class Gold implements Rail {
        private static final String TOTAL = "objective/scores";

        private final String figure;
        private final double maxFall;
        private Optional<Peak> peak = Optional.empty();

        /** The highest gold reward so far, and the total reward of its step. */
        private record Peak(double gold, double total) {}

        Gold(String figure, double maxFall) {
            this.figure = figure;
            this.maxFall = maxFall;
        }

        @Override
        public Judgement judge(Map<String, Double> figures) {
            double gold = figures.getOrDefault(figure, Double.NaN);
            double total = figures.getOrDefault(TOTAL, Double.NaN);
            if (Double.isNaN(gold) || Double.isNaN(total)) {
                return Judgement.UNKNOWN;
            }
            if (peak.isEmpty() || gold > peak.get().gold()) {
                peak = Optional.of(new Peak(gold, total));
            }
            boolean parted =
                    gold < peak.get().gold() - maxFall && total > peak.get().total();
            return parted ? Judgement.BROKEN : Judgement.HOLDS;
        }

        @Override
        public String reason(Map<String, Double> figures) {
            return "reward_against_gold: " + figure + " was " + figures.get(figure) + ", at most " + maxFall + " below "
                    + peak.map(Peak::gold).orElse(Double.NaN) + " is allowed, while " + TOTAL + " rose to "
                    + figures.get(TOTAL);
        }
    }
}
