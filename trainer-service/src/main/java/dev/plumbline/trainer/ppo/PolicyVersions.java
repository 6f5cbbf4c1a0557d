package dev.plumbline.trainer.ppo;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.trainer.answers.Episode;
import dev.plumbline.trainer.learn.Workshop;
import dev.plumbline.trainer.model.WeightsDigest;
import dev.plumbline.trainer.run.ActiveRun;
import dev.plumbline.trainer.run.VersionsJournal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The versions a run publishes, one after each step, and the lineage of its weights. Steps that are learnt again after a
 * resume and had been published are not published again: their weights are compared with what was. Only when the last of
 * them differs is there a fork, under a new number.
 */
final class PolicyVersions {
    private static final Logger LOG = Logger.getLogger(PolicyVersions.class);

    private final Workshop workshop;
    private final ActiveRun run;
    private final String name;
    private final int maxStaleness;
    /** Versions from which the weights descend, and their steps. */
    private final Map<String, Long> lineage;
    /** Written, but not announced yet. */
    private @Nullable StoredModel pending;

    PolicyVersions(Workshop workshop, ActiveRun run, Map<String, Long> lineage) {
        this.workshop = workshop;
        this.run = run;
        this.name = run.spec().getPpo().getOutput();
        this.maxStaleness = run.spec().getPpo().getMaxStaleness();
        this.lineage = new HashMap<>(lineage);
    }

    Map<String, Long> lineage() {
        return lineage;
    }

    /** The step of a version the weights descend from, else {@link Episode#UNKNOWN}. */
    long stepOf(String version) {
        return lineage.getOrDefault(version, Episode.UNKNOWN);
    }

    /** The version of a step, in the lineage. */
    String ofStep(long step) {
        return lineage.entrySet().stream()
                .filter(entry -> entry.getValue() == step)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the version of step " + step + " is not known"));
    }

    /** The last step that was ever published for the run, by this process or an earlier one. */
    long publishedUpTo() {
        return ofRun().stream().mapToLong(ModelPublished::getStep).max().orElse(0);
    }

    /**
     * The policy is now what it is after a step: publishes it, unless that was done before.
     *
     * @param policy writes its files
     */
    void publish(long step, Consumer<Staging> policy) {
        long before = publishedUpTo();
        if (step <= before && pending == null) {
            Optional<StoredModel> published = workshop.publisher().ofStep(name, run.id(), step);
            boolean same = published.isPresent() && sameWeights(published.get(), policy);
            if (same) {
                String version = published.get().version().toString();
                lineage.put(version, step);
                // The process that announced it may have died before it noted that.
                note(step, published.get());
                return;
            }
            if (step < before) {
                LOG.warnf("run %s: step %d was learnt again with another result", run.id(), step);
                return;
            }
        }
        if (pending == null) {
            ModelOrigin origin = new ModelOrigin(parent(step), run.id(), step);
            pending = workshop.publisher().write(workshop.house(), name, origin, policy);
        }
        workshop.publisher().announce(workshop.house(), pending);
        String version = pending.version().toString();
        lineage.put(version, step);
        note(step, pending);
        if (step <= before) {
            run.note("step " + step + " was learnt again after a resume with another result: " + version
                    + " takes the place of what was published before");
        }
        pending = null;
    }

    /**
     * Deletes the run's versions that nothing needs any more: not its start, not the recent, not the pinned.
     *
     * @param checkpointStep the first step that a resume may go back to
     */
    void retain(long step, long checkpointStep, Set<String> pinned) {
        long oldest = Math.min(step - maxStaleness - 1, checkpointStep);
        List<ModelVersion> superseded = new ArrayList<>();
        for (ModelPublished model : ofRun()) {
            ModelVersion version = new ModelVersion(model.getName(), model.getVersion());
            if (model.getStep() > 0 && model.getStep() < oldest && !pinned.contains(version.toString())) {
                superseded.add(version);
            }
        }
        workshop.publisher().delete(workshop.house(), superseded);
        lineage.values().removeIf(known -> known > 0 && known < oldest);
    }

    /**
     * Lets the newest version be one from after this step, or before it; that is said for people, as in "policy@9 with the
     * weights of policy@5". The same again does nothing more.
     */
    String rollBack(long step) {
        ModelPublished good = ofRun().stream()
                .filter(model -> model.getStep() <= step)
                .max(Comparator.comparingLong(ModelPublished::getStep).thenComparingLong(ModelPublished::getVersion))
                .orElseThrow(() -> new IllegalStateException("the start of " + run.id() + " is not published"));
        ModelVersion version = new ModelVersion(good.getName(), good.getVersion());
        boolean newest = ofRun().stream().allMatch(model -> model.getVersion() <= good.getVersion());
        if (newest) {
            return version.toString();
        }
        ModelOrigin origin = new ModelOrigin(version.toString(), run.id(), good.getStep());
        String again = workshop.publisher()
                .publish(workshop.house(), name, origin, staging -> staging.linkFrom(version))
                .version()
                .toString();
        run.published(again);
        return again + " with the weights of " + version;
    }

    /** The version before, or the newest known one where steps were learnt again without being published. */
    private String parent(long step) {
        return lineage.entrySet().stream()
                .filter(entry -> entry.getValue() < step)
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
    }

    private List<ModelPublished> ofRun() {
        return workshop.house().view().models().stream()
                .filter(model ->
                        model.getRunId().equals(run.id()) && model.getName().equals(name))
                .toList();
    }

    private void note(long step, StoredModel version) {
        run.published(
                new VersionsJournal.Entry(step, version.version().toString(), WeightsDigest.of(version.manifest())));
    }

    private boolean sameWeights(StoredModel published, Consumer<Staging> policy) {
        return WeightsDigest.of(published.manifest()).equals(WeightsDigest.of(policy, workshop.publisher(), name));
    }
}
