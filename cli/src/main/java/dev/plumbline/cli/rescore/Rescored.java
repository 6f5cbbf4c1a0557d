package dev.plumbline.cli.rescore;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.proto.exchange.v1.Judgement;
import dev.plumbline.proto.exchange.v1.RewardComponent;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.reward.v1.Score;
import java.util.List;

/**
 * An answer with what was said of it then, and what other judges say now.
 *
 * @param sample its number in the rollout
 * @param now without a reward where its status says why it cannot be judged
 */
public record Rescored(Rollout rollout, int sample, Judgement then, Score now) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The step that learnt from it. */
    public long step() {
        return rollout.getStep();
    }

    /** Whether there is a score to compare. */
    public boolean judged() {
        return now.getStatus().getCode() == 0;
    }

    /** One line of JSON: prompt_id, step, sample, answer, then and now with reward and components, or error. */
    public String toJson() {
        ObjectNode line = JSON.createObjectNode();
        line.put("prompt_id", rollout.getPrompt().getId());
        line.put("step", step());
        line.put("sample", sample);
        line.put("answer", rollout.getSamples(sample).getText());
        line.set("then", scores(then.getReward(), then.getComponentsList()));
        if (judged()) {
            line.set("now", scores(now.getReward(), now.getComponentsList()));
        } else {
            line.put("error", now.getStatus().getMessage());
        }
        return line.toString();
    }

    private static ObjectNode scores(float reward, List<RewardComponent> components) {
        ObjectNode scores = JSON.createObjectNode();
        scores.put("reward", reward);
        ObjectNode named = scores.putObject("components");
        components.forEach(component -> named.put(component.getName(), component.getValue()));
        return scores;
    }
}
