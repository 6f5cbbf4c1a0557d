package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.FrozenModel;
import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.TokenBudget;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.trainer.data.RankedSequences;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;

/**
 * What the reference says of ranked answers. A list is computed when it is first asked for and then known, at eight bytes
 * an answer and a digest of its tokens, so that further epochs do not compute it again and a run begins to learn at once. It is computed by itself, so
 * that its numbers do not depend on the lists beside it: a run that was taken up, which computes them in other steps,
 * has the same ones.
 */
final class ReferenceLogProbs implements AutoCloseable {
    private final FrozenModel model;
    private final TokenBudget budget;
    /** By the SHA-256 of a list's tokens: the list itself is read from the disk anew each time. */
    private final Map<ByteBuffer, double[]> known = new HashMap<>();

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
                digest(list),
                unknown ->
                        AnswerNumber.LOG_PROBABILITY.read(model.evaluate(new MicroBatch(list.answers(), 1), budget)));
    }

    private static ByteBuffer digest(RankedSequences list) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (TokenSequence answer : list.answers()) {
                ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES * (answer.ids().length + 2));
                numbers.putInt(answer.promptLength()).putInt(answer.ids().length);
                numbers.asIntBuffer().put(answer.ids());
                digest.update(numbers.array());
            }
            return ByteBuffer.wrap(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
