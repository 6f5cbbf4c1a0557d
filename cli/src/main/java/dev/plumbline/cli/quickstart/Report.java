package dev.plumbline.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The outcome.
 *
 * @param log what Kafka holds
 * @param totalSeconds from the first file to the last figure
 */
record Report(
        QuickstartPlan plan,
        RunRecord base,
        RunRecord sft,
        RunRecord rewardModel,
        RunRecord ppo,
        Contest contest,
        LogCount log,
        double totalSeconds) {
    static final String ACCURACY = "eval/accuracy";
    static final String LOSS = "eval/loss";
    static final String REWARD = "eval/reward";
    static final String KL = "eval/kl";
    static final String STEP_REWARD = "objective/scores";
    static final String STEP_KL = "objective/kl";
    static final String RATIO_ERROR = "policy/first_pass_ratio_error";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SAMPLES = 12;

    /** The report's figures under the names of report.json. */
    ObjectNode json() {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("seed", plan.seed()).put("shuffle_ranks", plan.shuffleRanks());
        root.putObject("sft").put("eval_loss_before", sft.first(LOSS)).put("eval_loss_after", sft.last(LOSS));
        root.putObject("reward_model").put("accuracy", rewardModel.last(ACCURACY));
        root.putObject("ppo")
                .put("steps", ppo.run().getStep())
                .put("reward_before", ppo.first(REWARD))
                .put("reward_after", ppo.last(REWARD))
                .put("kl", ppo.last(KL))
                .put("first_pass_ratio_error", ppo.largest(RATIO_ERROR));
        ObjectNode gold = root.putObject("gold")
                .put("prompts", contest.prompts())
                .put("win_rate", contest.winRate())
                .put("equal_length_pairs", contest.equalLengthPairs())
                .put("utility_before", contest.utilityBefore())
                .put("utility_after", contest.utilityAfter());
        if (contest.equalLengthPairs() > 0) {
            gold.put("win_rate_equal_length", contest.equalLengthWinRate());
        }
        root.putObject("kafka")
                .put("prompts", log.prompts())
                .put("rollouts", log.rollouts())
                .put("trajectories", log.trajectories());
        root.putObject("policy").put("versions_served", log.versionsServed().size());
        root.putObject("seconds")
                .put("base", base.seconds())
                .put("sft", sft.seconds())
                .put("reward_model", rewardModel.seconds())
                .put("ppo", ppo.seconds())
                .put("total", totalSeconds);
        ArrayNode samples = root.putArray("samples");
        for (Contest.Duel duel : samples()) {
            samples.addObject()
                    .put("prompt", duel.prompt())
                    .put("before", duel.before())
                    .put("utility_before", duel.utilityBefore())
                    .put("after", duel.after())
                    .put("utility_after", duel.utilityAfter());
        }
        return root;
    }

    /** The first of them: they are in random order already, so nobody chose. */
    List<Contest.Duel> samples() {
        return contest.duels().subList(0, Math.min(SAMPLES, contest.duels().size()));
    }
}
