package dev.plumbline.reward.rule;

import java.io.Serial;

/** A rule was asked to compare with a ground truth that the prompt does not carry. */
public final class MissingGroundTruthException extends IllegalArgumentException {

    @Serial
    private static final long serialVersionUID = 1L;

    MissingGroundTruthException(String rule) {
        super(rule + " compares with prompt.ground_truth, which is not set: set it, or leave the component out");
    }
}
