package dev.plumbline.reward.judge;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.reward.rule.Rule;

/** How one component of a reward is measured. */
sealed interface Measure {

    /** By a function of the answer alone. */
    record ByRule(Rule rule) implements Measure {}

    /** By a reward model's score. */
    record ByModel(ModelVersion model) implements Measure {}

    /** By a verifier outside of the house, which the settings name. */
    record ByVerifier(String verifier) implements Measure {
        public ByVerifier {
            if (verifier.isBlank()) {
                throw new IllegalArgumentException("verifier must name one of plumbline.reward.verifiers, got \"\"");
            }
        }
    }
}
