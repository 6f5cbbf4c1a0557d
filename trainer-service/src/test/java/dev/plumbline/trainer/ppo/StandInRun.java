package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.trainer.v1.PpoSpec;
import dev.plumbline.trainer.data.PromptContent;
import dev.plumbline.trainer.data.PromptTokens;
import dev.plumbline.trainer.data.Question;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A PPO run as {@link PpoRun} puts it together, but for its models and texts. */
public final class StandInRun {
    private StandInRun() {}

    /**
     * Begins the run, or takes it up from its last checkpoint.
     *
     * @param questions how many prompts there are to be fed
     * @param heldOut how many prompts evaluate it
     * @param alive is called between one change of the disk and the next, and does not return if the process dies there
     * @param learnt is told of every step that is learnt
     */
    public static Stage start(
            Workshop workshop, ActiveRun run, int questions, int heldOut, Runnable alive, Consumer<LearntStep> learnt) {
        PpoSpec spec = run.spec().getPpo();
        ModelOrigin imported = new ModelOrigin("", run.id(), 0);
        StoredModel base = workshop.publisher().publish(workshop.house(), "base", imported, staging -> {
            try {
                Files.writeString(staging.directory().resolve("model.safetensors"), "0");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        run.prepared(spec.getSteps(), List.of());
        StoredModel zero =
                workshop.publisher().publishStart(workshop.house(), spec.getOutput(), base.version(), run.id());
        run.published(zero.version().toString());
        return new PpoRun(workshop, run)
                .takeUp(
                        zero.version(),
                        PpoContracts.running(
                                run.id(), run.spec(), base.version().toString(), "made up"),
                        prompts(questions),
                        prompts(heldOut),
                        checkpoint -> StandInLearner.of(checkpoint, alive, learnt));
    }

    private static List<PromptTokens> prompts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new PromptTokens(
                        new Question(new PromptContent.Text("question " + i), Optional.empty()), new int[] {i}, false))
                .toList();
    }
}
