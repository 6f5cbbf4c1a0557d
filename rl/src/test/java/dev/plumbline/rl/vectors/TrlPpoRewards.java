package dev.plumbline.rl.vectors;

import dev.plumbline.rl.TokenMask;
import dev.plumbline.rl.advantage.AdvantageEstimate;
import dev.plumbline.rl.advantage.GeneralizedAdvantage;
import dev.plumbline.rl.advantage.Whitening;
import dev.plumbline.rl.kl.KlEstimator;
import dev.plumbline.rl.reward.MissingEos;
import dev.plumbline.rl.reward.RewardShaping;
import dev.plumbline.rl.reward.ShapedRewards;
import java.util.Arrays;
import java.util.Locale;

/**
 * The steps of TRL's {@code PPOTrainer} from answers to advantages. TRL reads values before the tokens but adds the score
 * one index after the last token where there is room, so its rewards and values reach one token further than its KL.
 */
final class TrlPpoRewards {
    private TrlPpoRewards() {}

    static void check(GoldenCase golden) {
        int[][] responses = golden.integerRows("responses");
        int pad = (int) golden.number("pad_token_id");
        int stop = (int) golden.number("stop_token_id");
        int[] lastIndices = new int[responses.length];
        int[] scoreIndices = new int[responses.length];
        boolean[] ended = new boolean[responses.length];
        for (int row = 0; row < responses.length; row++) {
            int length = length(responses[row], stop);
            ended[row] = responses[row][length - 1] == stop;
            Arrays.fill(responses[row], length, responses[row].length, pad);
            lastIndices[row] = length - 1;
            scoreIndices[row] = Math.min(length, responses[row].length - 1);
        }
        golden.expect("postprocessed_responses", responses);
        golden.expect("contains_stop_token", ended);
        golden.expect("sequence_lengths", lastIndices);
        golden.expect("score_index", scoreIndices);
        TokenMask tokens = prefixes(lastIndices, responses);
        TokenMask tokensAndScore = prefixes(scoreIndices, responses);
        golden.expect("padding_mask", complement(tokens));
        golden.expect("padding_mask_p1", complement(tokensAndScore));

        KlEstimator estimator = KlEstimator.valueOf(golden.text("kl_estimator").toUpperCase(Locale.ROOT));
        float[][] kl = estimator.estimates(golden.rows("logprobs"), golden.rows("ref_logprobs"), tokens);
        golden.expect("kl", kl);
        float[] scores = golden.row("scores");
        MissingEos missingEos = new MissingEos.Penalty((float) golden.numberOr("missing_eos_penalty", 0));
        for (int row = 0; row < scores.length; row++) {
            scores[row] = missingEos.score(scores[row], ended[row]);
        }
        golden.expect("scores_after_penalty", scores);
        double coefficient = golden.number("kl_coef");
        ShapedRewards shaped = RewardShaping.shape(kl, coefficient, scores, scoreIndices);
        golden.expect(
                "non_score_reward",
                RewardShaping.shape(kl, coefficient, new float[scores.length], scoreIndices)
                        .rewards());
        golden.expect("rewards_before_whitening", shaped.rewards());
        golden.expect("mean_kl", shaped.kl().mean());
        golden.expect("mean_non_score_reward", shaped.meanNonScoreReward());

        float[][] rewards = golden.flag("whiten_rewards")
                ? Whitening.keepingMean(shaped.rewards(), tokensAndScore)
                : shaped.rewards();
        golden.expect("rewards", rewards);
        float[][] values = golden.rows("values");
        golden.expect("values_masked", values, tokensAndScore);
        AdvantageEstimate estimate = new GeneralizedAdvantage(golden.number("gamma"), golden.number("lam"))
                .estimate(rewards, values, tokensAndScore);
        golden.expect("advantages_before_whitening", estimate.advantages());
        golden.expect("returns", estimate.returns());
        golden.expect("advantages", Whitening.shiftingMean(estimate.advantages(), tokens));
    }

    /** The number of tokens up to and with the first stop token. */
    private static int length(int[] response, int stop) {
        int length = 1;
        while (length < response.length && response[length - 1] != stop) {
            length++;
        }
        return length;
    }

    private static TokenMask prefixes(int[] lastIndices, int[][] responses) {
        boolean[][] included = new boolean[responses.length][];
        for (int row = 0; row < included.length; row++) {
            included[row] = new boolean[responses[row].length];
            Arrays.fill(included[row], 0, lastIndices[row] + 1, true);
        }
        return TokenMask.of(included);
    }

    private static int[][] complement(TokenMask mask) {
        int[][] masked = new int[mask.rows()][];
        for (int row = 0; row < masked.length; row++) {
            masked[row] = new int[mask.length(row)];
            for (int token = 0; token < masked[row].length; token++) {
                masked[row][token] = mask.includes(row, token) ? 0 : 1;
            }
        }
        return masked;
    }
}
