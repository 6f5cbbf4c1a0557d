package dev.plumbline.policy.log;

import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.AnswerPlan;
import java.util.Optional;

/**
 * What is to be done with a prompt.
 *
 * @param lease of the version that answers; whoever has the assignment ends it
 * @param membership the step that admitted it; empty for a prompt that is answered at once
 */
record Assignment(ModelLease lease, AnswerPlan plan, Optional<Membership> membership) {
    /** A run's step. */
    record Membership(String runId, long step) {}
}
