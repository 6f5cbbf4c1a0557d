package dev.plumbline.trainer.learn;

import dev.plumbline.exchange.store.Staging;
import dev.plumbline.proto.trainer.v1.ReplayedVersion;
import dev.plumbline.trainer.model.Publisher;
import dev.plumbline.trainer.model.WeightsDigest;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.RunFailure;
import dev.plumbline.trainer.run.VersionsJournal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Compares the weights that a replay learns with those that were published, and notes in the replay what it finds. */
public final class ReplayComparison {
    private final ActiveRun run;
    private final Publisher publisher;
    private final String name;
    /** By step, what was published after it in the end. */
    private final Map<Long, VersionsJournal.Entry> published = new HashMap<>();

    private final List<String> different = new ArrayList<>();
    private int compared;

    /**
     * @param run a replay
     * @param name of the versions
     */
    public ReplayComparison(ActiveRun run, Publisher publisher, String name) {
        this.run = run;
        this.publisher = publisher;
        this.name = name;
        run.original().versions().entries().forEach(version -> published.put(version.step(), version));
    }

    /**
     * The figures of a step that was learnt again: none if nothing was published after it.
     *
     * @param model writes its files
     */
    public Map<String, Double> compare(long step, Consumer<Staging> model) {
        VersionsJournal.Entry before = published.get(step);
        if (before == null) {
            return Map.of();
        }
        String sha256 = WeightsDigest.of(model, publisher, name);
        boolean equal = sha256.equals(before.sha256());
        run.replayed(ReplayedVersion.newBuilder()
                .setStep(step)
                .setModel(before.model())
                .setPublishedSha256(before.sha256())
                .setReplayedSha256(sha256)
                .build());
        compared++;
        if (!equal) {
            different.add(before.model() + " of step " + step);
        }
        return Map.of("replay/equal", equal ? 1.0 : 0.0);
    }

    /** Throws if any weights differed. */
    public void requireEqual() {
        if (!different.isEmpty()) {
            throw new RunFailure("the weights of " + different.size() + " of " + compared
                    + " versions differ from what was published, first those of " + different.get(0));
        }
    }
}
