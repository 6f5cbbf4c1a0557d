package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.HouseView;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.exchange.v1.Window;
import java.util.HashMap;
import java.util.Map;

/** Where, in each partition of the training prompts, nothing has been admitted yet: windows only grow. */
final class WindowStarts {
    private final HouseView view;
    private final String topicId;
    private final Map<Integer, Long> floors;

    /** @param floors by partition, offsets below which the run takes nothing */
    WindowStarts(HouseView view, String topicId, Map<Integer, Long> floors) {
        this.view = view;
        this.topicId = topicId;
        this.floors = Map.copyOf(floors);
    }

    /** First offset of the partition's next window. */
    long of(int partition) {
        return Math.max(view.admittedUpTo(topicId, partition), floors.getOrDefault(partition, 0L));
    }

    /** By partition, the offset from which a run reads that has finished so many steps. */
    Map<Integer, Long> ofUnfinished(String runId, long finished, int partitions) {
        Map<Integer, Long> from = new HashMap<>();
        for (StepAdmitted admitted : view.steps(runId)) {
            if (admitted.getStep() > finished && admitted.getTopicId().equals(topicId)) {
                for (Window window : admitted.getWindowsList()) {
                    from.merge(window.getPartition(), window.getFromOffset(), Math::min);
                }
            }
        }
        for (int partition = 0; partition < partitions; partition++) {
            from.putIfAbsent(partition, of(partition));
        }
        return from;
    }
}
