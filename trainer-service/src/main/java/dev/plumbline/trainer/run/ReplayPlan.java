package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.serving.error.CallerFault;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Which steps of a run can be learnt again. */
final class ReplayPlan {
    private ReplayPlan() {}

    /** The replay that is asked for; throws a CallerFault if it cannot be. */
    static Replay of(ReplayRunRequest request, Run original, RunFiles files) {
        String id = original.getRunId();
        if (original.hasReplay()) {
            throw refused(
                    "IS_A_REPLAY",
                    "run_id",
                    id + " is a replay itself; replay " + original.getReplay().getRunId());
        }
        if (!RunEntry.hasEnded(original.getState())) {
            throw refused("RUN_NOT_ENDED", "run_id", id + " has not ended; wait for its end, or cancel it");
        }
        long last = files.versions().entries().stream()
                .mapToLong(VersionsJournal.Entry::step)
                .max()
                .orElseThrow(() -> refused("NOTHING_TO_REPLAY", "run_id", id + " has published no step"));
        List<Long> starts = new ArrayList<>(new TreeSet<>(
                new Checkpoints(files.checkpoints(), 1, new Standing(BestBy.parse("")), note -> {}).steps()));
        boolean overData = !original.getSpec().hasPpo();
        if (overData && !starts.contains(0L)) {
            starts.add(0, 0L);
        }
        starts.removeIf(step -> step >= last);
        if (starts.isEmpty()) {
            throw refused(
                    "NOTHING_TO_REPLAY",
                    "run_id",
                    id + " has no checkpoint before step " + last
                            + ", its last; course.keep_checkpoints says how many are kept");
        }
        long from = request.hasFromStep() ? request.getFromStep() : starts.get(0);
        List<Long> possible = starts.stream().filter(step -> step <= from).toList();
        if (possible.isEmpty() || from >= last) {
            throw refused(
                    "NO_CHECKPOINT",
                    "from_step",
                    "from_step must be from " + starts.get(0) + " to " + (last - 1) + ", got " + from
                            + ": the run has checkpoints of the steps " + starts + " to begin at");
        }
        long checkpoint = possible.get(possible.size() - 1);
        long to = request.hasToStep() ? request.getToStep() : last;
        if (overData && to != last) {
            throw refused(
                    "INVALID_STEP",
                    "to_step",
                    "to_step must be " + last + " or not set, got " + to + ": only the last step of " + id
                            + " was published");
        }
        if (to <= checkpoint || to > last) {
            throw refused(
                    "INVALID_STEP",
                    "to_step",
                    "to_step must be from " + (checkpoint + 1) + " to " + last + ", got " + to);
        }
        return Replay.newBuilder()
                .setRunId(id)
                .setCheckpointStep(checkpoint)
                .setToStep(to)
                .build();
    }

    private static CallerFault refused(String reason, String field, String message) {
        return CallerFault.invalid(reason, field, message);
    }
}
