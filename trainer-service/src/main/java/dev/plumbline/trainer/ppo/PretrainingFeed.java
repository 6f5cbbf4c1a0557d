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
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.Sequences;
import dev.plumbline.trainer.learn.TextMix;
import dev.plumbline.trainer.spec.SpecConversion;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Pretraining text mixed into PPO (InstructGPT, eq. 2). */
final class PretrainingFeed {
    private final TextMix mix;
    private final PretrainingLoss loss;
    private final int microBatchTokens;

    private PretrainingFeed(TextMix mix, PretrainingLoss loss, int microBatchTokens) {
        this.mix = mix;
        this.loss = loss;
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
                new TextMix(texts.train(), ptx.getExamplesPerEpisode(), run.getSeed()),
                new PretrainingLoss(ptx.getCoefficient()),
                spec.getCourse().getMicroBatchTokens()));
    }

    /**
     * Adds the gradient of a mini-batch's texts to the policy's; returns γ times their mean negative log-likelihood, 0 if
     * the mini-batch gets none.
     *
     * @param from episodes learnt from before the mini-batch
     * @param to and after it
     */
    double accumulate(TrainableModel policy, long from, long to) {
        List<TokenSequence> batch = mix.beside(from, to);
        if (batch.isEmpty()) {
            return 0;
        }
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
