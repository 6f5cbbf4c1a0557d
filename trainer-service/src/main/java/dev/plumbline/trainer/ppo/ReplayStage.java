package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.Waiting;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.answers.TrajectoryReading;
import dev.plumbline.trainer.learn.ReplayComparison;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.run.VersionsJournal;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Learns steps of a run that has ended again, from a checkpoint and the log, and compares the weights with what was
 * published. The house does not notice: nothing is admitted, asked or published.
 */
final class ReplayStage implements Stage {
    private static final Duration LOOK = Duration.ofMillis(100);

    private final ActiveRun run;
    private final Replay replay;
    private final PpoSpec spec;
    private final PpoSettings settings;
    private final StepLearner learner;
    private final PpoLogs logs;
    private final TrajectoryReading reading;
    private final ReplayComparison comparison;
    private PpoState state;
    private @Nullable StepBatch batch;
    private StepLearner.@Nullable Lesson learning;

    /**
     * @param logs that give the steps' prompts and trajectories, all of which are expected
     * @param versions what the run has published
     * @param state as the checkpoint has it
     */
    ReplayStage(
            Workshop workshop,
            ActiveRun run,
            Replay replay,
            PpoSettings settings,
            StepLearner learner,
            PpoLogs logs,
            List<VersionsJournal.Entry> versions,
            PpoState state) {
        this.run = run;
        this.replay = replay;
        this.spec = run.spec().getPpo();
        this.settings = settings;
        this.learner = learner;
        this.logs = logs;
        this.state = state;
        Map<String, Long> lineage = new HashMap<>(state.lineage());
        for (VersionsJournal.Entry version : versions) {
            // Of the versions after a step, the last one is what the next steps' answers are of.
            lineage.values().removeIf(step -> step == version.step());
            lineage.put(version.model(), version.step());
        }
        this.reading = new TrajectoryReading(
                spec.getSamplesPerPrompt(), true, version -> lineage.getOrDefault(version, Episode.UNKNOWN));
        this.comparison = new ReplayComparison(run, workshop.publisher(), spec.getOutput());
        run.beginReplay(state.step());
    }

    @Override
    public Progress advance() {
        if (learning != null && batch != null) {
            learn(batch, learning);
            return new Progress.Worked();
        }
        if (state.step() == replay.getToStep()) {
            comparison.requireEqual();
            return new Progress.Finished();
        }
        if (logs.poll(Duration.ZERO) > 0) {
            return new Progress.Worked();
        }
        long next = state.step() + 1;
        if (logs.trajectories().missing(next).isEmpty()) {
            begin(next);
            return new Progress.Worked();
        }
        return lookOrWait(next);
    }

    private void begin(long step) {
        if (logs.trajectories().members(step) == 0) {
            throw new RunFailure("the log has no prompts of step " + step + " any more");
        }
        StepBatch complete = StepBatch.of(step, logs.trajectories().trajectories(step), reading);
        complete.requireShare(spec.getMinGroupShare());
        batch = complete;
        learning = learner.begin(settings.sampling().learnt(complete), state);
    }

    private void learn(StepBatch complete, StepLearner.Lesson work) {
        if (work.advance()) {
            return;
        }
        long step = complete.step();
        Map<String, Double> figures = new LinkedHashMap<>(work.figures());
        figures.putAll(complete.figures(spec.getMaxStaleness()));
        figures.putAll(settings.sampling().figures(complete));
        figures.putAll(comparison.compare(step, learner::writePolicy));
        run.measured(step, figures);
        run.stepDone(step);
        logs.trajectories().finish(step);
        state = state.after(settings.sampling().learnt(complete), work, settings.klControl());
        batch = null;
        learning = null;
    }

    private Progress lookOrWait(long step) {
        if (logs.poll(LOOK) > 0) {
            return new Progress.Worked();
        }
        int missing = logs.trajectories().missing(step).values().stream()
                .mapToInt(Integer::intValue)
                .sum();
        if (logs.trajectories().atEnd()) {
            throw new RunFailure("the log has no trajectories any more of " + missing + " prompts of step " + step);
        }
        return new Progress.Waits(Waiting.newBuilder()
                .setReason("step " + step + " waits for " + missing + " trajectories to be read")
                .build());
    }

    @Override
    public void close() {
        learner.close();
        logs.close();
    }
}
