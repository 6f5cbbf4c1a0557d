package dev.plumbline.trainer.learn;

import java.util.Map;

/** What a run over a dataset learns; figures by their metric's name. */
public interface DatasetLearner extends AutoCloseable {
    /** Name of the figure that says how many tokens a step computed, prompts included. */
    String TOKENS = "tokens/all";

    /**
     * One optimizer step. Throws if the loss or a gradient is no finite number; the weights are then as before.
     *
     * @param batch indices of the training examples
     * @param step counted from 0
     */
    Map<String, Double> learn(int[] batch, long step);

    /** Measures the held-out examples; without figures if there are none. */
    Measurement evaluate();

    /** Sets, after the last step and before the last evaluation, what follows from the weights learnt. */
    default Map<String, Double> conclude() {
        return Map.of();
    }

    /** Frees what is held beside the model. */
    @Override
    default void close() {}
}
