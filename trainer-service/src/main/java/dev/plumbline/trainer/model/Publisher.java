package dev.plumbline.trainer.model;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.exchange.store.ModelStore;
import dev.plumbline.exchange.store.Staging;
import dev.plumbline.exchange.store.StoredModel;
import dev.plumbline.lm.Start;
import dev.plumbline.lm.TrainableModel;
import dev.plumbline.lm.torch.ComputeSettings;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.trainer.house.House;
import dev.plumbline.trainer.run.UnwritableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Makes versions and announces them. A version counts from its announcement on; one that was written but not announced,
 * because the broker was away or the process died between, is announced by the next attempt instead of a second one.
 */
public final class Publisher {
    private static final Logger LOG = Logger.getLogger(Publisher.class);

    private static final int LONGEST_NAME = 100;

    /** Not beside the weights: transformers would take a directory with adapters for nothing but adapters. */
    private static final String ADAPTERS = "adapter";

    private final ModelStore store;
    private final Advertised advertised;
    private final ComputeSettings compute;
    private final Clock clock;

    public Publisher(ModelStore store, Advertised advertised, ComputeSettings compute, Clock clock) {
        this.store = store;
        this.advertised = advertised;
        this.compute = compute;
        this.clock = clock;
    }

    /**
     * Brings feed and disk in step after a start: announces versions that were written last and never announced, removes
     * those whose end was announced, and what a dead process had begun to write.
     */
    public void reconcile(House house) {
        store.discardUnfinished();
        for (ModelVersion version : store.list()) {
            if (house.view().model(version).isPresent()) {
                continue;
            }
            boolean superseded = house.view()
                    .newest(version.name())
                    .filter(newest -> newest.getVersion() > version.version())
                    .isPresent();
            if (superseded) {
                store.delete(version);
            } else {
                announce(house, store.read(version));
            }
        }
    }

    /**
     * The version a run starts from. A directory is imported under its own name, once per run; one without weights gets
     * random ones from the seed.
     */
    public StoredModel startingPoint(House house, ModelSource source, String runId, long seed) {
        return startingPoint(house, source, "", runId, seed);
    }

    /**
     * The same for a further model of a run.
     *
     * @param part added to the name of an imported directory, so that it is told from one of the same name
     */
    public StoredModel startingPoint(House house, ModelSource source, String part, String runId, long seed) {
        if (source instanceof ModelSource.Published published) {
            return store.read(published.version());
        }
        Path directory = source.directory();
        boolean hasWeights = ModelFacts.read(directory).hasWeights();
        return publish(house, importName(directory, part), new ModelOrigin("", runId, 0), staging -> {
            if (hasWeights) {
                staging.copyFrom(directory);
            } else {
                try (TrainableModel model = TrainableModel.load(directory, new Start.StoredOrRandom(seed), compute)) {
                    save(model, staging);
                }
            }
        });
    }

    /** The same files under another name, as a run's version 0. */
    public StoredModel publishStart(House house, String name, ModelVersion parent, String runId) {
        return publish(house, name, new ModelOrigin(parent.toString(), runId, 0), staging -> staging.linkFrom(parent));
    }

    /**
     * The version of this name and origin: the one that is there already, or a new one with the content that is written.
     */
    public StoredModel publish(House house, String name, ModelOrigin origin, Consumer<Staging> content) {
        Optional<StoredModel> before = existing(name, origin);
        StoredModel stored = before.isPresent() ? before.get() : write(house, name, origin, content);
        if (house.view().model(stored.version()).isEmpty()) {
            announce(house, stored);
        }
        return stored;
    }

    /** Writes a model's files as those of a version, and its adapters, if it has some, into a folder of their own. */
    public static void save(TrainableModel model, Staging staging) {
        save(model::save, staging);
        if (model.hasAdapters()) {
            model.saveAdapters(staging.directory().resolve(ADAPTERS));
        }
    }

    /**
     * Writes whatever is written as a model is, as the files of a version.
     *
     * @param model writes it to a new directory
     */
    public static void save(Consumer<Path> model, Staging staging) {
        Path beside = staging.directory().resolve("saved");
        model.accept(beside);
        try (Stream<Path> files = Files.list(beside)) {
            for (Path file : files.toList()) {
                Files.move(file, staging.directory().resolve(beside.relativize(file)));
            }
            Files.delete(beside);
        } catch (IOException e) {
            throw new UncheckedIOException("a version cannot be written to " + staging.directory(), e);
        }
    }

    /** A version made by this run after this step, the newest if there are several. */
    public Optional<StoredModel> ofStep(String name, String runId, long step) {
        return newestFirst(name).stream()
                .filter(model -> model.manifest().origin().runId().equals(runId)
                        && model.manifest().origin().step() == step)
                .findFirst();
    }

    /** Removes versions; their end is announced first, so that nobody is sent to a directory that is gone. */
    public void delete(House house, List<ModelVersion> versions) {
        if (!versions.isEmpty()) {
            house.deleteModels(versions);
            versions.forEach(store::delete);
            LOG.debugf("deleted %s", versions);
        }
    }

    public ModelStore store() {
        return store;
    }

    /**
     * Writes a version, which counts only once it is announced. Throws UnwritableException if the disk does not take it.
     */
    public StoredModel write(House house, String name, ModelOrigin origin, Consumer<Staging> content) {
        long after = house.view().newest(name).map(ModelPublished::getVersion).orElse(0L);
        try (Staging staging = store.begin(name)) {
            content.accept(staging);
            return staging.commit(origin, after);
        } catch (UncheckedIOException e) {
            long bytes = store.newest(name)
                    .map(version -> store.read(version).manifest().totalBytes())
                    .orElse(0L);
            throw new UnwritableException("a version of " + name, store.root(), bytes, e);
        }
    }

    /** Announces a version; it counts from now on. */
    public void announce(House house, StoredModel stored) {
        ModelOrigin origin = stored.manifest().origin();
        ModelPublished.Builder published = ModelPublished.newBuilder()
                .setName(stored.version().name())
                .setVersion(stored.version().version())
                .setUri(advertised.uri(stored))
                .setManifestSha256(stored.manifestSha256())
                .setParent(origin.parent())
                .setRunId(origin.runId())
                .setPublishedAt(Timestamps.fromMillis(clock.millis()));
        if (origin.step() != ModelOrigin.NO_STEP) {
            published.setStep(origin.step());
        }
        house.publish(published.build());
        LOG.infof("published %s", stored.version());
    }

    private Optional<StoredModel> existing(String name, ModelOrigin origin) {
        return newestFirst(name).stream()
                .filter(model -> model.manifest().origin().equals(origin))
                .findFirst();
    }

    private List<StoredModel> newestFirst(String name) {
        List<ModelVersion> versions = new ArrayList<>(store.list(name));
        Collections.reverse(versions);
        return versions.stream().map(store::read).toList();
    }

    /** A directory's name with what a model's name may not have replaced. */
    private static String importName(Path directory, String part) {
        String name = String.valueOf(directory.getFileName()).replaceAll("[^A-Za-z0-9._-]", "-");
        String allowed = name.startsWith(".") ? "-" + name : name;
        int room = LONGEST_NAME - part.length();
        return (allowed.length() > room ? allowed.substring(0, room) : allowed) + part;
    }
}
