package dev.plumbline.policy.log;

import dev.plumbline.exchange.Origin;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;

/** What every rollout says of the prompt it answers. */
final class Rollouts {
    private Rollouts() {}

    static Rollout.Builder begin(Origin origin, Prompt prompt) {
        return Rollout.newBuilder()
                .setPrompt(prompt)
                .setPosition(origin.identity().toLogPosition())
                .setTopic(origin.topic());
    }

    static void admit(Rollout.Builder rollout, Assignment.Membership membership) {
        rollout.setRunId(membership.runId()).setStep(membership.step());
    }
}
