package dev.plumbline.trainer.ppo;

import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.proto.trainer.v1.Waiting;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.answers.TrajectoryReading;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Progress;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.run.VersionsJournal;
import java.time.Duration;
import java.util.ArrayList;
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

    private final Workshop workshop;
    private final ActiveRun run;
    private final Replay replay;
    private final PpoSpec spec;
    private final PpoSettings settings;
    private final StepLearner learner;
    private final PpoLogs logs;
    /** By step, what was published after it in the end. */
    private final Map<Long, VersionsJournal.Entry> published = new HashMap<>();

    private final TrajectoryReading reading;
    private final List<String> different = new ArrayList<>();
    private PpoState state;
    private int compared;
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
        this.workshop = workshop;
        this.run = run;
        this.replay = replay;
        this.spec = run.spec().getPpo();
        this.settings = settings;
        this.learner = learner;
        this.logs = logs;
        this.state = state;
        Map<String, Long> lineage = new HashMap<>(state.lineage());
        for (VersionsJournal.Entry version : versions) {
            VersionsJournal.Entry before = published.put(version.step(), version);
            if (before != null) {
                lineage.remove(before.model());
            }
            lineage.put(version.model(), version.step());
        }
        this.reading = new TrajectoryReading(
                spec.getSamplesPerPrompt(), true, version -> lineage.getOrDefault(version, Episode.UNKNOWN));
        run.beginReplay(state.step());
    }

    @Override
    public Progress advance() {
        if (learning != null && batch != null) {
            learn(batch, learning);
            return new Progress.Worked();
        }
        if (state.step() == replay.getToStep()) {
            return finish();
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
        compare(step, figures);
        run.measured(step, figures);
        run.stepDone(step);
        logs.trajectories().finish(step);
        state = state.after(settings.sampling().learnt(complete), work, settings.klControl());
        batch = null;
        learning = null;
    }

    private void compare(long step, Map<String, Double> figures) {
        VersionsJournal.Entry before = published.get(step);
        if (before == null) {
            return;
        }
        String sha256 = WeightsDigest.of(learner::writePolicy, workshop.publisher(), spec.getOutput());
        boolean equal = sha256.equals(before.sha256());
        run.replayed(ReplayedVersion.newBuilder()
                .setStep(step)
                .setModel(before.model())
                .setPublishedSha256(before.sha256())
                .setReplayedSha256(sha256)
                .build());
        figures.put("replay/equal", equal ? 1.0 : 0.0);
        compared++;
        if (!equal) {
            different.add(before.model() + " of step " + step);
        }
    }

    private Progress finish() {
        if (!different.isEmpty()) {
            throw new RunFailure("the weights of " + different.size() + " of " + compared
                    + " versions differ from what was published, first those of " + different.get(0));
        }
        return new Progress.Finished();
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
