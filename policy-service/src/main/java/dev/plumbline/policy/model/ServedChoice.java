package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.serving.meter.ServingMeters;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Which version is served: the newest, or the one that an order holds on to. Safe for several threads, so that an order for
 * a version in memory waits for nothing that is being loaded.
 */
final class ServedChoice {
    private static final Logger LOG = Logger.getLogger(ServedChoice.class);

    private final ModelShelf shelf;
    private final ServingMeters meters;
    private Optional<ModelVersion> held = Optional.empty();
    private Optional<ModelVersion> replaced = Optional.empty();

    ServedChoice(ModelShelf shelf, ServingMeters meters) {
        this.shelf = shelf;
        this.meters = meters;
    }

    synchronized Optional<ModelVersion> held() {
        return held;
    }

    /** Serves this version, which is in memory, unless an order holds another; true if that is a change. */
    synchronized boolean follow(ModelVersion newest) {
        if (held.isPresent() || shelf.served().equals(Optional.of(newest))) {
            return false;
        }
        return serve(newest);
    }

    /** Serves this version from now on, whatever is published; empty if it is not in memory. */
    synchronized Optional<ServedChange> hold(ModelVersion version) {
        Optional<ModelVersion> before = shelf.served();
        if (!serve(version)) {
            return Optional.empty();
        }
        held = Optional.of(version);
        LOG.infof(
                "%s is held by order, in place of %s",
                version, before.map(ModelVersion::toString).orElse("none"));
        return Optional.of(new ServedChange(held, before));
    }

    /** Holds on to nothing. */
    synchronized void letGo() {
        held.ifPresent(version -> LOG.infof("%s is held no longer, by order: the newest is followed", version));
        held = Optional.empty();
    }

    /** The version that was served before the one served now. */
    synchronized Optional<ModelVersion> replaced() {
        return replaced;
    }

    private boolean serve(ModelVersion version) {
        Optional<ModelVersion> before = shelf.served();
        boolean here = shelf.serve(version);
        if (here && !before.equals(Optional.of(version))) {
            replaced = before;
            meters.modelVersion(version.name(), version.version());
            LOG.infof("serving %s", version);
        }
        return here;
    }
}
