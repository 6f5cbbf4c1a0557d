package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Run;
import java.util.List;

/** Makes the work of runs, and tells the other services when runs have ended; the worker's only way to the rest. */
public interface Stages {
    /** Begins a run, or takes it up from its last checkpoint. */
    Stage start(ActiveRun run);

    /** Closes what the other services still hold open of runs that have ended. */
    void settle(List<Run> runs);
}
