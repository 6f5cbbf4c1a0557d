package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenBudget;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.trainer.data.RankedSequences;
import java.nio.file.Path;
import java.util.IdentityHashMap;

/**
 * What the reference says of ranked answers. A list is computed when it is first asked for and then known, at eight bytes
 * an answer, so that further epochs do not compute it again and a run begins to learn at once. It is computed by itself, so
 * that its numbers do not depend on the lists beside it: a run that was taken up, which computes them in other steps,
 * has the same ones.
 */
final class ReferenceLogProbs implements AutoCloseable {
    private final FrozenModel model;
    private final TokenBudget budget;
    /** By identity: a dataset's lists stay the same objects, and their many tokens need not be compared. */
    private final IdentityHashMap<RankedSequences, double[]> known = new IdentityHashMap<>();

    private ReferenceLogProbs(FrozenModel model, TokenBudget budget) {
        this.model = model;
        this.budget = budget;
    }

    static ReferenceLogProbs of(Path checkpoint, ComputeSettings compute, int microBatchTokens) {
        return new ReferenceLogProbs(FrozenModel.load(checkpoint, compute), new TokenBudget(microBatchTokens));
    }

    /** log π_ref of each answer, in nats; not to be modified. */
    double[] of(RankedSequences list) {
        return known.computeIfAbsent(
                list,
                unknown -> AnswerNumber.LOG_PROBABILITY.read(
                        model.evaluate(new MicroBatch(unknown.answers(), 1), budget)));
    }

    @Override
    public void close() {
        model.close();
    }
}
