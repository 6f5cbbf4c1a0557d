package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.RecordIdentity;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Window;
import dev.plumbline.trainer.answers.TrajectoryCollector;
import java.util.ArrayList;
import java.util.List;

/** The prompts that an admission makes members of its step. */
final class Members {
    private Members() {}

    /** Has the trajectories of an admission's members collected; returns those. */
    static List<RecordIdentity> expect(StepAdmitted admitted, PromptLog log, TrajectoryCollector collector) {
        List<RecordIdentity> members = new ArrayList<>();
        for (Window window : admitted.getWindowsList()) {
            members.addAll(log.members(window));
        }
        collector.expect(admitted.getStep(), members);
        // Refused before their step admitted them, these are answered on behalf of no run.
        members.forEach(member ->
                log.problem(member).ifPresent(problem -> collector.unreadable(admitted.getStep(), member, problem)));
        return members;
    }
}
