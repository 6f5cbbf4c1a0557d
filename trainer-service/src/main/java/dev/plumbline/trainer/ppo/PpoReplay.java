package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.Topics;
import dev.plumbline.lm.text.TextEncoder;
import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.proto.exchange.v1.StepAdmitted;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.trainer.answers.TrajectoryCollector;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.Stage;
import dev.plumbline.trainer.spec.EstimatorDefaults;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts the replay of a PPO run together. */
public final class PpoReplay {
    private PpoReplay() {}

    /** Begins at the checkpoint, also after a restart. */
    public static Stage start(Workshop workshop, ActiveRun run, Replay replay) {
        ActiveRun original = run.original();
        Path checkpoint = original.checkpoints()
                .newestUpTo(replay.getCheckpointStep())
                .orElseThrow(() -> new RunFailure("the run has no checkpoint that can be read of step "
                        + replay.getCheckpointStep() + " or before it"));
        PpoState state = PpoState.read(checkpoint);
        PpoRun.requireSameTopics(workshop.house().topics(), state);
        List<String> notes = new ArrayList<>();
        Optional<PretrainingFeed> pretraining;
        try (Tokenizer tokenizer = Tokenizer.load(start(workshop, run.spec(), checkpoint, state))) {
            pretraining = PretrainingFeed.of(run.spec(), workshop.shelf(run), new TextEncoder(tokenizer), notes::add);
        }
        run.prepared(replay.getToStep(), notes);
        PpoSettings settings = PpoSettings.of(run.spec().getPpo(), run.spec().getSeed());
        PpoLearners learners = PpoLearners.restore(
                checkpoint,
                start(workshop, run.spec(), checkpoint, state),
                EstimatorDefaults.hasCritic(run.spec().getPpo()),
                PpoRun.learning(run.spec()),
                workshop.compute());
        try {
            return new ReplayStage(
                    workshop,
                    run,
                    replay,
                    settings,
                    new PolicyLearner(settings, learners, pretraining, Optional.empty()),
                    logs(workshop, replay, state),
                    original.versions().entries(),
                    state);
        } catch (RuntimeException e) {
            learners.close();
            throw e;
        }
    }

    /** A whole model of the policy's shape and tokenizer; of adapters, the weights that they belong to. */
    private static Path start(Workshop workshop, RunSpec spec, Path checkpoint, PpoState state) {
        if (!spec.getPpo().hasLora()) {
            return PpoLearners.policyWeights(checkpoint);
        }
        String zero = state.lineage().entrySet().stream()
                .filter(version -> version.getValue() == 0)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new RunFailure("the checkpoint does not know which version the run started from"));
        return workshop.models().find(zero).directory();
    }

    private static PpoLogs logs(Workshop workshop, Replay replay, PpoState state) {
        Topics topics = workshop.house().topics();
        WindowStarts starts = new WindowStarts(workshop.house().view(), state.promptsTopic(), state.promptFloors());
        PromptLog prompts = new PromptLog(
                topics,
                replay.getRunId(),
                starts.ofUnfinished(replay.getRunId(), state.step(), topics.partitions(topics.trainingPrompts())));
        try {
            prompts.readToEnd();
            TrajectoryCollector trajectories = new TrajectoryCollector(
                    topics, replay.getRunId(), state.trajectoryOffsets(), prompt -> -1, state.step());
            for (StepAdmitted admitted : workshop.house().view().steps(replay.getRunId())) {
                if (admitted.getStep() > state.step() && admitted.getStep() <= replay.getToStep()) {
                    Members.expect(admitted, prompts, trajectories);
                }
            }
            return new PpoLogs(prompts, trajectories);
        } catch (RuntimeException e) {
            prompts.close();
            throw e;
        }
    }
}
