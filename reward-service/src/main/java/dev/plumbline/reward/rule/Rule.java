package dev.plumbline.reward.rule;

import java.util.Optional;

/** A reward that needs no model. */
public sealed interface Rule permits ExactMatch, NumericAnswer, RegularExpression, Length, Format, Repetition {

    /**
     * The raw value, before any weight.
     *
     * @throws MissingGroundTruthException if the rule compares with a ground truth and the prompt came without one
     */
    float value(GivenAnswer answer);

    /** The ground truth, which {@code rule} cannot do without. */
    static String required(Optional<String> groundTruth, String rule) {
        return groundTruth.orElseThrow(() -> new MissingGroundTruthException(rule));
    }
}
