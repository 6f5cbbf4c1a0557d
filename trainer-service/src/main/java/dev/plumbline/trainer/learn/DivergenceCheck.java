package dev.plumbline.trainer.learn;

import dev.plumbline.trainer.run.RunFailure;

/** Outputs of a model that are no numbers any more: nothing can be learnt from them, and nothing has been. */
public final class DivergenceCheck {
    private DivergenceCheck() {}

    /**
     * Returns the outputs, or ends the run.
     *
     * @param what for people, as in "the critic's values"
     */
    public static float[][] requireFinite(String what, float[][] outputs) {
        for (float[] row : outputs) {
            requireFinite(what, row);
        }
        return outputs;
    }

    /** The same of one row. */
    public static float[] requireFinite(String what, float[] outputs) {
        for (float output : outputs) {
            if (!Float.isFinite(output)) {
                throw new RunFailure(what + " are no finite numbers any more, but " + output
                        + ": lower the learning rate, or start from a model whose weights are finite");
            }
        }
        return outputs;
    }
}
