package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.Course;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;
import org.jboss.logging.Logger;

/** A run as its stage sees it: what to do, and where to tell what has been done. */
public final class ActiveRun {
    private static final Logger LOG = Logger.getLogger(ActiveRun.class);
    private static final int MOST_NOTES = 100;

    private final Runs runs;
    private final String id;
    private final RunSpec spec;
    private final Standing standing;
    private final Checkpoints checkpoints;

    ActiveRun(Runs runs, Run run) {
        this.runs = runs;
        this.id = run.getRunId();
        this.spec = run.getSpec();
        Course course = course(spec);
        this.standing = new Standing(BestBy.parse(course.getBestBy()));
        this.checkpoints = runs.checkpoints(id, Math.max(1, course.getKeepCheckpoints()), standing, this::warn);
        measurements((step, figures) -> standing.measured(step, figures));
    }

    /** Takes what was measured after a step. */
    public interface Measurements {
        void measured(long step, Map<String, Double> figures);
    }

    private static Course course(RunSpec spec) {
        return switch (spec.getStageCase()) {
            case SFT -> spec.getSft().getCourse();
            case REWARD_MODEL -> spec.getRewardModel().getCourse();
            case PPO -> spec.getPpo().getCourse();
            case DPO -> spec.getDpo().getCourse();
            case STAGE_NOT_SET -> throw new IllegalArgumentException("a run has no stage");
        };
    }

    public String id() {
        return id;
    }

    /** What to do, complete and checked. */
    public RunSpec spec() {
        return spec;
    }

    /** Where its checkpoints are. */
    public Checkpoints checkpoints() {
        return checkpoints;
    }

    /** Directory of its examples and of what they were made from; may not be there yet. */
    public Path data() {
        return runs.files(id).data();
    }

    /** Is to be told, while data is read, which and how many lines so far; ends that when the run is cancelled. */
    public ObjLongConsumer<String> preparation(LongSupplier nanoTime) {
        return new Preparation(runs, id, nanoTime);
    }

    /** How many optimizer steps there will be, and what became of the data; replaces earlier notes. */
    public void prepared(long totalSteps, List<String> notes) {
        runs.store(
                id,
                run -> run.toBuilder()
                        .setTotalSteps(totalSteps)
                        .clearNotes()
                        .addAllNotes(notes)
                        .build());
    }

    /** What it is to learn again of another run, and what came of that; empty if it learns something new. */
    public Optional<Replay> replay() {
        Run run = runs.get(id);
        return run.hasReplay() ? Optional.of(run.getReplay()) : Optional.empty();
    }

    /** The run whose steps these are: the one that a replay learns again, which is only to be read, or this one. */
    public ActiveRun original() {
        return replay().map(replay -> new ActiveRun(runs, runs.get(replay.getRunId())))
                .orElse(this);
    }

    /** A step was learnt again. */
    public void replayed(ReplayedVersion version) {
        runs.store(id, run -> {
            Run.Builder changed = run.toBuilder();
            changed.getReplayBuilder().addVersions(version);
            return changed.build();
        });
    }

    /** The replay begins at the checkpoint of a step, possibly once more. */
    public void beginReplay(long step) {
        runs.store(id, run -> {
            Run.Builder changed = run.toBuilder();
            changed.getReplayBuilder().setCheckpointStep(step).clearVersions();
            return changed.build();
        });
        rewind(step, 0);
    }

    /** Something about the run that people should know; once is enough, and after many there is no more room. */
    public void note(String note) {
        runs.store(
                id,
                run -> run.getNotesCount() >= MOST_NOTES || run.getNotesList().contains(note)
                        ? run
                        : run.toBuilder().addNotes(note).build());
    }

    private void warn(String note) {
        LOG.warnf("run %s: %s", id, note);
        note(note);
    }

    /** Everything measured so far, in order. */
    public void measurements(Measurements reader) {
        runs.journal(id).forEach(point -> reader.measured(point.getStep(), point.getValuesMap()));
    }

    /** Whether the evaluation after a step was better than all before, so that its checkpoint is to be kept. */
    public boolean isBest(long step) {
        return standing.isBest(step);
    }

    /** What decides which step was the best, as in "lowest eval/loss". */
    public String bestBy() {
        return course(spec).getBestBy();
    }

    /** After which of these steps the run was the best, of equals the first; empty if none was evaluated. */
    public OptionalLong best(Collection<Long> steps) {
        return standing.best(steps);
    }

    /** New figures; those of the same step may come in several points. */
    public void measured(long step, Map<String, Double> values) {
        standing.measured(step, values);
        runs.measured(id, step, values);
    }

    /** The answers of the evaluation after a step; those of an earlier try at it give way. */
    public void sampled(long step, List<EvaluationSample> samples) {
        runs.sampled(id, step, samples);
    }

    /**
     * Notes that a process takes the run up. The first one's files are those that the run is known to have read.
     */
    public void recordSession(RunSession session, List<DataFile> data) {
        runs.recordSession(id, session, data);
    }

    /** So many steps are done. */
    public void stepDone(long step) {
        runs.show(id, run -> run.toBuilder().setStep(step).clearWaiting().build());
    }

    /** A version that was published after a step, whose digest stays known when it is deleted. */
    public void published(VersionsJournal.Entry version) {
        runs.files(id).versions().add(version);
        published(version.model());
    }

    /** What was published after steps. */
    public VersionsJournal versions() {
        return runs.files(id).versions();
    }

    /** "name@version" of a model that was published. */
    public void published(String model) {
        runs.store(
                id,
                run -> run.getModelsList().contains(model)
                        ? run
                        : run.toBuilder().addModels(model).build());
    }

    /** Sequence number of the last metrics point, for a checkpoint. */
    public long metricsSequence() {
        return runs.journal(id).lastSequence();
    }

    /** Goes back to a checkpoint: the points after it will be measured again. */
    public void rewind(long step, long metricsSequence) {
        runs.rewind(id, step, metricsSequence);
        standing.rewind(step);
        stepDone(step);
    }
}
