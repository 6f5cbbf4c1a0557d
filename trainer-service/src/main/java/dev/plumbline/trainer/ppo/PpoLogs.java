package dev.plumbline.trainer.ppo;

import dev.plumbline.trainer.answers.TrajectoryCollector;
import java.time.Duration;

/** The two topics a run reads. */
record PpoLogs(PromptLog prompts, TrajectoryCollector trajectories) implements AutoCloseable {
    /** Reads what has come; waits for trajectories at most so long. */
    int poll(Duration timeout) {
        return prompts.poll(Duration.ZERO) + trajectories.poll(timeout);
    }

    @Override
    public void close() {
        prompts.close();
        trajectories.close();
    }
}
