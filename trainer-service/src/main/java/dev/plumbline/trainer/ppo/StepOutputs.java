package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import java.util.List;
import java.util.function.Function;

/** What a model says of all sequences of a step as it is now. */
final class StepOutputs {
    private StepOutputs() {}

    /** One output per response token, [sequence][token]. */
    static float[][] of(
            TrainableModel model,
            List<TokenSequence> sequences,
            float temperature,
            int microBatchTokens,
            Function<Outputs, float[][]> output) {
        float[][] computed = new float[sequences.size()][];
        for (int[] group : MicroBatches.pack(Sequences.lengths(sequences), microBatchTokens)) {
            float[][] rows =
                    output.apply(model.evaluate(new MicroBatch(Sequences.select(sequences, group), temperature)));
            for (int i = 0; i < group.length; i++) {
                computed[group[i]] = rows[i];
            }
        }
        return DivergenceCheck.requireFinite("the outputs of policy or critic", computed);
    }
}
