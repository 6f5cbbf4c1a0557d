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
import dev.plumbline.trainer.learn.Measurement;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Padding;
import dev.plumbline.trainer.learn.Sequences;
import dev.plumbline.trainer.learn.ShownExamples;
import dev.plumbline.trainer.learn.TextMix;
import dev.plumbline.trainer.sft.MicroBatching.Examples;
import dev.plumbline.trainer.sft.MicroBatching.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fits a model to given tokens: the mean negative log-likelihood per response token of a whole optimizer step, of which the
 * texts that are mixed in are a part.
 */
final class SftLearner implements DatasetLearner {
    private final TrainableModel model;
    private final OptimizerPlan optimizer;
    private final MicroBatching microBatching;
    private final int batchSize;
    private final Dataset<TokenSequence> data;
    private final ShownExamples shown;
    private final Optional<TextMix> mix;

    /**
     * @param batchSize demonstrations of every step but the last
     * @param shown which of those held out people see
     * @param mix texts that are learnt beside them, as examples like any other
     */
    SftLearner(
            TrainableModel model,
            OptimizerPlan optimizer,
            MicroBatching microBatching,
            int batchSize,
            Dataset<TokenSequence> data,
            ShownExamples shown,
            Optional<TextMix> mix) {
        this.model = model;
        this.optimizer = optimizer;
        this.microBatching = microBatching;
        this.batchSize = batchSize;
        this.data = data;
        this.shown = shown;
        this.mix = mix;
    }

    @Override
    public Map<String, Double> learn(int[] batch, long step) {
        List<TokenSequence> examples = Sequences.select(data.train(), batch);
        long from = step * batchSize;
        List<TokenSequence> texts =
                mix.map(known -> known.beside(from, from + batch.length)).orElse(List.of());
        double tokens = Sequences.responseTokens(examples);
        double textTokens = Sequences.responseTokens(texts);
        double all = tokens + textTokens;
        Padding padding = new Padding(model);
        double loss = accumulate(new Examples(examples, Kind.DEMONSTRATION, from), all, padding);
        long textsBefore = mix.map(known -> known.textsBefore(from)).orElse(0L);
        double textLoss = accumulate(new Examples(texts, Kind.TEXT, textsBefore), all, padding);
        double learningRate = optimizer.learningRate(step);
        double norm = model.step(optimizer.adamW(), learningRate);
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("loss", loss * (all / tokens));
        figures.put("lr", learningRate);
        figures.put("gradient_norm/model", norm);
        figures.put("tokens/response", tokens);
        figures.put(Padding.WASTE, padding.waste());
        figures.put(TOKENS, (double) Sequences.tokens(examples) + Sequences.tokens(texts));
        if (textTokens > 0) {
            figures.put("loss/pretraining", textLoss * (all / textTokens));
            figures.put("tokens/pretraining", textTokens);
        }
        return figures;
    }

    /**
     * Adds the gradient of their part in the batch's mean negative log-likelihood; returns that part.
     *
     * @param tokens that the mean is taken over
     * @param padding counts what was computed
     */
    private double accumulate(Examples examples, double tokens, Padding padding) {
        double[] loss = new double[1];
        for (MicroBatch microBatch : microBatching.of(examples)) {
            padding.add(microBatch);
            model.accumulate(microBatch, outputs -> {
                TokenLoss share = loss(outputs.logProbs(), tokens);
                loss[0] += share.loss();
                return OutputDerivatives.ofLogProbs(share.derivatives());
            });
        }
        return loss[0];
    }

    @Override
    public Measurement evaluate() {
        List<TokenSequence> examples = data.heldOut();
        if (examples.isEmpty()) {
            return Measurement.NONE;
        }
        double tokens = Sequences.responseTokens(examples);
        double loss = 0;
        ShownExamples.Table table = shown.table();
        for (int[] group : microBatching.groups(examples)) {
            MicroBatch microBatch = new MicroBatch(Sequences.select(examples, group), 1);
            float[][] logProbs = model.evaluate(microBatch).logProbs();
            loss += loss(logProbs, tokens).loss();
            for (int i = 0; i < group.length; i++) {
                double own =
                        loss(new float[][] {logProbs[i]}, logProbs[i].length).loss();
                table.likelihood(group[i], own);
            }
        }
        return new Measurement(Map.of("eval/loss", loss), table.samples());
    }

    private static TokenLoss loss(float[][] logProbs, double tokens) {
        DivergenceCheck.requireFinite("the model's log-probabilities", logProbs);
        return NegativeLogLikelihood.evaluate(logProbs, TokenMask.all(logProbs), tokens);
    }
}
