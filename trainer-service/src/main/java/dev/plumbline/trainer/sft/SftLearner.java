package dev.plumbline.trainer.sft;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.loss.NegativeLogLikelihood;
import dev.plumbline.rl.loss.TokenLoss;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.learn.DatasetLearner;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Padding;
import dev.plumbline.trainer.learn.Sequences;
import java.util.List;
import java.util.Map;

/** Fits a model to given tokens: the mean negative log-likelihood per response token of a whole optimizer step. */
final class SftLearner implements DatasetLearner {
    private final TrainableModel model;
    private final OptimizerPlan optimizer;
    private final int microBatchTokens;
    private final Dataset<TokenSequence> data;

    SftLearner(TrainableModel model, OptimizerPlan optimizer, int microBatchTokens, Dataset<TokenSequence> data) {
        this.model = model;
        this.optimizer = optimizer;
        this.microBatchTokens = microBatchTokens;
        this.data = data;
    }

    @Override
    public Map<String, Double> learn(int[] batch, long step) {
        List<TokenSequence> examples = Sequences.select(data.train(), batch);
        double tokens = Sequences.responseTokens(examples);
        double[] loss = new double[1];
        Padding padding = new Padding();
        for (int[] group : MicroBatches.pack(Sequences.lengths(examples), microBatchTokens)) {
            MicroBatch microBatch = new MicroBatch(Sequences.select(examples, group), 1);
            padding.add(microBatch);
            model.accumulate(microBatch, outputs -> {
                TokenLoss share = loss(outputs.logProbs(), tokens);
                loss[0] += share.loss();
                return OutputDerivatives.ofLogProbs(share.derivatives());
            });
        }
        double learningRate = optimizer.learningRate(step);
        double norm = model.step(optimizer.adamW(), learningRate);
        return Map.of(
                "loss",
                loss[0],
                "lr",
                learningRate,
                "gradient_norm/model",
                norm,
                "tokens/response",
                tokens,
                Padding.WASTE,
                padding.waste(),
                TOKENS,
                (double) Sequences.tokens(examples));
    }

    @Override
    public Map<String, Double> evaluate() {
        List<TokenSequence> examples = data.heldOut();
        if (examples.isEmpty()) {
            return Map.of();
        }
        double tokens = Sequences.responseTokens(examples);
        double loss = 0;
        for (int[] group : MicroBatches.pack(Sequences.lengths(examples), microBatchTokens)) {
            MicroBatch microBatch = new MicroBatch(Sequences.select(examples, group), 1);
            loss += loss(model.evaluate(microBatch).logProbs(), tokens).loss();
        }
        return Map.of("eval/loss", loss);
    }

    private static TokenLoss loss(float[][] logProbs, double tokens) {
        DivergenceCheck.requireFinite("the model's log-probabilities", logProbs);
        return NegativeLogLikelihood.evaluate(logProbs, TokenMask.all(logProbs), tokens);
    }
}
