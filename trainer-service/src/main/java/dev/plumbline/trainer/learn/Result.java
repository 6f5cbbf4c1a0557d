package dev.plumbline.trainer.learn;

import dev.plumbline.exchange.store.StoredModel;
import java.util.Optional;

/**
 * What a run over a dataset ends with.
 *
 * @param base what the model was before the run's first step
 * @param output name of the published result
 * @param candidates the best of which is the result; empty: the last step's weights are
 */
public record Result(StoredModel base, String output, Optional<Candidates> candidates) {
    /** The last step's weights. */
    public static Result ofLastStep(StoredModel base, String output) {
        return new Result(base, output, Optional.empty());
    }
}
