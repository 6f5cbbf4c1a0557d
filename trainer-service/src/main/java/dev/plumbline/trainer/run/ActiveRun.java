package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.util.List;
import java.util.Map;

/** A run as its stage sees it: what to do, and where to tell what has been done. */
public final class ActiveRun {
    private static final int MOST_NOTES = 100;

    private final Runs runs;
    private final String id;
    private final RunSpec spec;

    ActiveRun(Runs runs, Run run) {
        this.runs = runs;
        this.id = run.getRunId();
        this.spec = run.getSpec();
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
        return new Checkpoints(runs.files(id).checkpoints());
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

    /** Something about the run that people should know; once is enough, and after many there is no more room. */
    public void note(String note) {
        runs.store(
                id,
                run -> run.getNotesCount() >= MOST_NOTES || run.getNotesList().contains(note)
                        ? run
                        : run.toBuilder().addNotes(note).build());
    }

    /** New figures; those of the same step may come in several points. */
    public void measured(long step, Map<String, Double> values) {
        runs.measured(id, step, values);
    }

    /** The answers of the evaluation after a step; those of an earlier try at it give way. */
    public void sampled(long step, List<EvaluationSample> samples) {
        runs.sampled(id, step, samples);
    }

    /**
     * Notes that a process takes the run up, and returns what was known before. The first one's files are those that the
     * run is known to have read.
     */
    public Provenance recordSession(RunSession session, List<DataFile> data) {
        return runs.recordSession(id, session, data);
    }

    /** So many steps are done. */
    public void stepDone(long step) {
        runs.show(id, run -> run.toBuilder().setStep(step).clearWaiting().build());
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
        stepDone(step);
    }
}
