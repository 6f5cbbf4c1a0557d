package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.ranking.DpoEvaluation;
import dev.plumbline.rl.ranking.DpoLoss;
import dev.plumbline.rl.ranking.PairSides;
import dev.plumbline.rl.ranking.RankingFigures;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetLearner;
import dev.plumbline.trainer.learn.Measurement;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Sequences;
import dev.plumbline.trainer.learn.ShownExamples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fits a policy to rankings by direct preference optimisation. */
final class DpoLearner implements DatasetLearner {
    private final DpoLoss loss;
    private final OptimizerPlan optimizer;
    private final RankedPasses passes;
    private final ReferenceLogProbs reference;
    private final Dataset<RankedSequences> data;
    private final ShownExamples shown;

    /** @param reference is closed with the learner */
    DpoLearner(
            DpoLoss loss,
            TrainableModel model,
            OptimizerPlan optimizer,
            int microBatchTokens,
            ReferenceLogProbs reference,
            RankingData data) {
        this.loss = loss;
        this.optimizer = optimizer;
        this.passes = new RankedPasses(model, AnswerNumber.LOG_PROBABILITY, microBatchTokens);
        this.reference = reference;
        this.data = data.lists();
        this.shown = data.shown();
    }

    /** Loss and figures of prompts, one after the other. */
    private final class Account implements RankedPasses.PromptLoss {
        private final long prompts;
        private double total;
        private RankingFigures rewards = RankingFigures.NONE;
        private PairSides logProbs = PairSides.NONE;

        Account(long prompts) {
            this.prompts = prompts;
        }

        @Override
        public float[] derivatives(RankedSequences prompt, double[] numbers) {
            DpoEvaluation evaluation = loss.evaluate(numbers, reference.of(prompt), prompt.ranks(), prompts);
            total += evaluation.loss();
            rewards = rewards.plus(evaluation.rewards());
            logProbs = logProbs.plus(evaluation.logProbs());
            return evaluation.derivatives();
        }

        /** By the names of TRL's DPOTrainer; means over all pairs. */
        Map<String, Double> figures(String prefix) {
            Map<String, Double> named = new LinkedHashMap<>();
            named.put(prefix + "loss", total);
            named.put(prefix + "rewards/chosen", rewards.sides().chosen().mean());
            named.put(prefix + "rewards/rejected", rewards.sides().rejected().mean());
            named.put(prefix + "rewards/accuracies", rewards.accuracy());
            named.put(prefix + "rewards/margins", rewards.margin());
            named.put(prefix + "logps/chosen", logProbs.chosen().mean());
            named.put(prefix + "logps/rejected", logProbs.rejected().mean());
            return named;
        }
    }

    @Override
    public Map<String, Double> learn(int[] batch, long step) {
        List<RankedSequences> prompts = Sequences.select(data.train(), batch);
        // Before the passes: inside of one, the reference's activations would lie beside those that wait for
        // derivatives.
        prompts.forEach(reference::of);
        Account account = new Account(prompts.size());
        passes.learn(prompts, account);
        Map<String, Double> figures = account.figures("");
        figures.putAll(passes.step(optimizer, step, prompts));
        return figures;
    }

    @Override
    public Measurement evaluate() {
        if (data.heldOut().isEmpty()) {
            return Measurement.NONE;
        }
        Account account = new Account(data.heldOut().size());
        ShownExamples.Table table = shown.table();
        passes.evaluate(
                data.heldOut(),
                account,
                (place, prompt, logProbs) ->
                        table.ranking(place, prompt.ranks(), loss.rewards(logProbs, reference.of(prompt))));
        return new Measurement(account.figures("eval/"), table.samples());
    }

    @Override
    public void close() {
        reference.close();
    }
}
