package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetLearner;
import dev.plumbline.trainer.learn.Measurement;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Sequences;
import dev.plumbline.trainer.learn.ShownExamples;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Fits scores to rankings, and in the end shifts them so that demonstrations score 0 on average. */
final class RankingLearner implements DatasetLearner {
    private final TrainableModel model;
    private final OptimizerPlan optimizer;
    private final RankedPasses passes;
    private final Dataset<RankedSequences> data;
    private final ShownExamples shown;
    private final List<TokenSequence> demonstrations;

    /** @param demonstrations whose mean score is to be 0; empty if the scores stay where they are */
    RankingLearner(
            TrainableModel model,
            OptimizerPlan optimizer,
            int microBatchTokens,
            RankingData data,
            List<TokenSequence> demonstrations) {
        this.model = model;
        this.optimizer = optimizer;
        this.passes = new RankedPasses(model, AnswerNumber.SCORE, microBatchTokens);
        this.data = data.lists();
        this.shown = data.shown();
        this.demonstrations = demonstrations;
    }

    @Override
    public Map<String, Double> learn(int[] batch, long step) {
        List<RankedSequences> prompts = Sequences.select(data.train(), batch);
        RankingAccount account = new RankingAccount(prompts.size());
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
        RankingAccount account = new RankingAccount(data.heldOut().size());
        ShownExamples.Table table = shown.table();
        passes.evaluate(
                data.heldOut(), account, (place, prompt, scores) -> table.ranking(place, prompt.ranks(), scores));
        return new Measurement(account.allFigures("eval/"), table.samples());
    }

    /** The loss leaves a constant open, which is chosen here (Ouyang et al. 2022, section 3.5). */
    @Override
    public Map<String, Double> conclude() {
        if (demonstrations.isEmpty()) {
            return Map.of();
        }
        model.shiftScores(
                -Arrays.stream(passes.numbers(demonstrations)).average().orElseThrow());
        return Map.of("score_bias", model.config().scoreBias());
    }
}
