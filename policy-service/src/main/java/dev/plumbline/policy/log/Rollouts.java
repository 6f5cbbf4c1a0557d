package dev.plumbline.policy.log;

import dev.plumbline.exchange.Origin;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.RecordError;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.FieldViolation;

/** What every rollout says of the prompt it answers. */
final class Rollouts {
    private Rollouts() {}

    static Rollout.Builder begin(Origin origin, Prompt prompt) {
        return Rollout.newBuilder()
                .setPrompt(prompt)
                .setPosition(origin.identity().toLogPosition())
                .setTopic(origin.topic());
    }

    /** What is wrong with a prompt. */
    static RecordError error(CallerFault fault) {
        return RecordError.newBuilder()
                .setReason(fault.reason())
                .setMessage(fault.message())
                .setField(fault.violations().stream()
                        .findFirst()
                        .map(FieldViolation::field)
                        .orElse(""))
                .setService(PromptResponder.SERVICE)
                .build();
    }

    static void admit(Rollout.Builder rollout, Assignment.Membership membership) {
        rollout.setRunId(membership.runId()).setStep(membership.step());
    }
}
