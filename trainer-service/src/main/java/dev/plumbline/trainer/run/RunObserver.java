package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.nio.file.Path;
import java.util.List;

/** Is told what runs measure, to keep it in a form of its own. Called in the worker's thread. */
public interface RunObserver {
    /**
     * A run begins, or goes back to its last checkpoint: what was measured after that will be measured again.
     *
     * @param step of the checkpoint
     * @param kept the points of this step that stay
     */
    void resumed(Run run, Path directory, long step, List<MetricsPoint> kept);

    /** The journal has a new point. */
    void measured(Run run, MetricsPoint point);

    /** The run has come to its end, good or bad. */
    void ended(Run run);
}
