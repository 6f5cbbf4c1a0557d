package dev.plumbline.trainer.ppo;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.PretrainingMix;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.loss.PretrainingLoss;
import dev.plumbline.rl.loss.TokenLoss;
import dev.plumbline.trainer.data.DataShelf;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.TextEncoding;
import dev.plumbline.trainer.data.TextFormat;
import dev.plumbline.trainer.learn.ExampleOrder;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import dev.plumbline.trainer.spec.SpecConversion;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Pretraining text mixed into PPO (InstructGPT, eq. 2). Which texts a mini-batch gets follows from how many episodes were
 * learnt from before it, so that this number is all a checkpoint has to hold.
 */
final class PretrainingFeed {
    private final List<TokenSequence> texts;
    private final ExampleOrder order;
    private final PretrainingLoss loss;
    private final double examplesPerEpisode;
    private final int microBatchTokens;

    PretrainingFeed(
            List<TokenSequence> texts,
            PretrainingLoss loss,
            double examplesPerEpisode,
            int microBatchTokens,
            long seed) {
        this.texts = texts;
        this.order = ExampleOrder.endless(texts.size(), seed);
        this.loss = loss;
        this.examplesPerEpisode = examplesPerEpisode;
        this.microBatchTokens = microBatchTokens;
    }

    /**
     * The feed of a PPO run; empty if it mixes nothing in.
     *
     * @param shelf where its texts are kept
     * @param notes takes what became of the data
     */
    static Optional<PretrainingFeed> of(RunSpec run, DataShelf shelf, TextEncoder encoder, Consumer<String> notes) {
        PpoSpec spec = run.getPpo();
        if (!spec.hasPtx()) {
            return Optional.empty();
        }
        PretrainingMix ptx = spec.getPtx();
        Dataset<TokenSequence> texts = shelf.dataset(
                "ptx", SpecConversion.data(ptx.getData()), new TextFormat(), new TextEncoding(encoder), run.getSeed());
        texts.notes().forEach(note -> notes.accept("ptx: " + note));
        return Optional.of(new PretrainingFeed(
                texts.train(),
                new PretrainingLoss(ptx.getCoefficient()),
                ptx.getExamplesPerEpisode(),
                spec.getCourse().getMicroBatchTokens(),
                run.getSeed()));
    }

    /**
     * Adds the gradient of a mini-batch's texts to the policy's; returns γ times their mean negative log-likelihood, 0 if
     * the mini-batch gets none.
     *
     * @param from episodes learnt from before the mini-batch
     * @param to and after it
     */
    double accumulate(TrainableModel policy, long from, long to) {
        long first = (long) Math.floor(examplesPerEpisode * from);
        int count = (int) ((long) Math.floor(examplesPerEpisode * to) - first);
        if (count == 0) {
            return 0;
        }
        List<TokenSequence> batch = Sequences.select(texts, order.slice(first, count));
        double tokens = Sequences.responseTokens(batch);
        double[] total = new double[1];
        for (int[] group : MicroBatches.pack(Sequences.lengths(batch), microBatchTokens)) {
            policy.accumulate(new MicroBatch(Sequences.select(batch, group), 1), outputs -> {
                TokenLoss share = loss.evaluate(outputs.logProbs(), TokenMask.all(outputs.logProbs()), tokens);
                total[0] += share.loss();
                return OutputDerivatives.ofLogProbs(share.derivatives());
            });
        }
        return total[0];
    }
}
