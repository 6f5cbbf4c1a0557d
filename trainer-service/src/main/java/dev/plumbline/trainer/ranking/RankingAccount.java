package dev.plumbline.trainer.ranking;

import dev.plumbline.rl.ranking.RankingEvaluation;
import dev.plumbline.rl.ranking.RankingFigures;
import dev.plumbline.rl.ranking.RankingLoss;
import dev.plumbline.trainer.data.RankedSequences;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Loss and figures of a reward model over prompts, one after the other. */
final class RankingAccount implements RankedPasses.PromptLoss {
    /** Sources with figures of their own: those with the most pairs, lest a line's own address be taken for one. */
    private static final int SOURCES = 32;

    private final long prompts;
    private double loss;
    private RankingFigures figures = RankingFigures.NONE;
    private final Map<String, RankingFigures> bySource = new TreeMap<>();

    /** @param prompts of the whole optimizer step or evaluation, all of them with pairs */
    RankingAccount(long prompts) {
        this.prompts = prompts;
    }

    @Override
    public float[] derivatives(RankedSequences prompt, double[] numbers) {
        float[] scores = new float[numbers.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) numbers[i];
        }
        RankingEvaluation evaluation = RankingLoss.evaluate(scores, prompt.handicaps(), prompt.ranks(), prompts);
        loss += evaluation.loss();
        figures = figures.plus(evaluation.figures());
        prompt.source().ifPresent(source -> bySource.merge(source, evaluation.figures(), RankingFigures::plus));
        return evaluation.derivatives();
    }

    /** What a step tells. */
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

    /** What an evaluation tells: also where the model errs, and how far its margins can be trusted. */
    Map<String, Double> allFigures(String prefix) {
        Map<String, Double> named = figures(prefix);
        named.put(prefix + "expected_calibration_error", figures.calibration().expectedError());
        named.put(prefix + "brier_score", figures.calibration().brierScore());
        figures.byDistance()
                .forEach((distance, pairs) ->
                        named.put(prefix + "accuracy_rank_distance_" + distance, pairs.accuracy()));
        Comparator<Map.Entry<String, RankingFigures>> byPairs =
                Comparator.comparingLong(source -> source.getValue().pairs());
        bySource.entrySet().stream().sorted(byPairs.reversed()).limit(SOURCES).forEach(source -> {
            String at = prefix + "source/" + source.getKey() + "/";
            named.put(at + "accuracy", source.getValue().accuracy());
            named.put(at + "margin", source.getValue().margin());
            named.put(at + "mean_reward", source.getValue().scores().mean());
        });
        return named;
    }
}
