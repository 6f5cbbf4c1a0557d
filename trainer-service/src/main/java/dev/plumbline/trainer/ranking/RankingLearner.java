package dev.plumbline.trainer.ranking;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.OutputDerivatives;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.rl.ranking.RankingEvaluation;
import dev.plumbline.rl.ranking.RankingFigures;
import dev.plumbline.rl.ranking.RankingLoss;
import dev.plumbline.trainer.data.Dataset;
import dev.plumbline.trainer.data.RankedSequences;
import dev.plumbline.trainer.learn.DatasetLearner;
import dev.plumbline.trainer.learn.DivergenceCheck;
import dev.plumbline.trainer.learn.MicroBatches;
import dev.plumbline.trainer.learn.OptimizerPlan;
import dev.plumbline.trainer.learn.Padding;
import dev.plumbline.trainer.learn.Sequences;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fits scores to rankings. The answers of a prompt are computed in one micro-batch, since their losses depend on each
 * other; where they do not fit, their scores are computed first, and then answer by answer again, each with its
 * derivative.
 */
final class RankingLearner implements DatasetLearner {
    private final TrainableModel model;
    private final OptimizerPlan optimizer;
    private final int microBatchTokens;
    private final Dataset<RankedSequences> data;

    RankingLearner(TrainableModel model, OptimizerPlan optimizer, int microBatchTokens, Dataset<RankedSequences> data) {
        this.model = model;
        this.optimizer = optimizer;
        this.microBatchTokens = microBatchTokens;
        this.data = data;
    }

    /** Loss and figures of the prompts so far. */
    private static final class Account {
        private double loss;
        private RankingFigures figures = RankingFigures.NONE;
        private final Padding padding = new Padding();

        float[] add(float[] scores, RankedSequences prompt, long prompts) {
            DivergenceCheck.requireFinite("the model's scores", scores);
            RankingEvaluation evaluation = RankingLoss.evaluate(scores, prompt.ranks(), prompts);
            loss += evaluation.loss();
            figures = figures.plus(evaluation.figures());
            return evaluation.derivatives();
        }

        Map<String, Double> figures(String prefix) {
            Map<String, Double> named = new LinkedHashMap<>();
            named.put(prefix + "loss", loss);
            named.put(prefix + "accuracy", figures.accuracy());
            named.put(prefix + "margin", figures.margin());
            named.put(prefix + "min_reward", figures.scores().min());
            named.put(prefix + "mean_reward", figures.scores().mean());
            named.put(prefix + "max_reward", figures.scores().max());
            return named;
        }
    }

    @Override
    public Map<String, Double> learn(int[] batch, long step) {
        List<RankedSequences> prompts = Sequences.select(data.train(), batch);
        Account account = new Account();
        for (int[] group : groups(prompts)) {
            List<RankedSequences> members = Sequences.select(prompts, group);
            if (fits(members)) {
                learnTogether(members, prompts.size(), account);
            } else {
                learnTwice(members.get(0), prompts.size(), account);
            }
        }
        double learningRate = optimizer.learningRate(step);
        double norm = model.step(optimizer.adamW(), learningRate);
        Map<String, Double> figures = account.figures("");
        figures.put(Padding.WASTE, account.padding.waste());
        figures.put(TOKENS, (double) prompts.stream()
                .mapToLong(prompt -> Sequences.tokens(prompt.answers()))
                .sum());
        figures.put("lr", learningRate);
        figures.put("gradient_norm/model", norm);
        return figures;
    }

    @Override
    public Map<String, Double> evaluate() {
        List<RankedSequences> prompts = data.heldOut();
        if (prompts.isEmpty()) {
            return Map.of();
        }
        Account account = new Account();
        for (int[] group : groups(prompts)) {
            List<RankedSequences> members = Sequences.select(prompts, group);
            List<TokenSequence> answers = answers(members);
            float[] scores = scores(answers);
            int from = 0;
            for (RankedSequences prompt : members) {
                int to = from + prompt.answers().size();
                account.add(Arrays.copyOfRange(scores, from, to), prompt, prompts.size());
                from = to;
            }
        }
        return account.figures("eval/");
    }

    private void learnTogether(List<RankedSequences> prompts, long normalizer, Account account) {
        List<TokenSequence> answers = answers(prompts);
        MicroBatch microBatch = new MicroBatch(answers, 1);
        account.padding.add(microBatch);
        model.accumulate(microBatch, outputs -> {
            float[] derivatives = new float[answers.size()];
            int from = 0;
            for (RankedSequences prompt : prompts) {
                int count = prompt.answers().size();
                float[] scores = Arrays.copyOfRange(outputs.scores(), from, from + count);
                System.arraycopy(account.add(scores, prompt, normalizer), 0, derivatives, from, count);
                from += count;
            }
            return OutputDerivatives.ofScores(derivatives);
        });
    }

    private void learnTwice(RankedSequences prompt, long normalizer, Account account) {
        float[] derivatives = account.add(scores(prompt.answers()), prompt, normalizer);
        for (int[] group : MicroBatches.pack(Sequences.lengths(prompt.answers()), microBatchTokens)) {
            float[] own = new float[group.length];
            for (int i = 0; i < group.length; i++) {
                own[i] = derivatives[group[i]];
            }
            MicroBatch microBatch = new MicroBatch(Sequences.select(prompt.answers(), group), 1);
            account.padding.add(microBatch);
            model.accumulate(microBatch, outputs -> OutputDerivatives.ofScores(own));
        }
    }

    private static List<TokenSequence> answers(List<RankedSequences> prompts) {
        return prompts.stream().flatMap(prompt -> prompt.answers().stream()).toList();
    }

    private float[] scores(List<TokenSequence> answers) {
        float[] scores = new float[answers.size()];
        for (int[] group : MicroBatches.pack(Sequences.lengths(answers), microBatchTokens)) {
            float[] computed = model.evaluate(new MicroBatch(Sequences.select(answers, group), 1))
                    .scores();
            for (int i = 0; i < group.length; i++) {
                scores[group[i]] = computed[i];
            }
        }
        return scores;
    }

    private List<int[]> groups(List<RankedSequences> prompts) {
        return MicroBatches.pack(
                prompts.size(),
                prompt -> prompts.get(prompt).answers().size(),
                prompt -> prompts.get(prompt).longest(),
                microBatchTokens);
    }

    /** Only a prompt that is alone can be larger than the budget. */
    private boolean fits(List<RankedSequences> prompts) {
        return prompts.size() > 1
                || (long) prompts.get(0).answers().size() * prompts.get(0).longest() <= microBatchTokens;
    }
}
