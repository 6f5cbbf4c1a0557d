package dev.plumbline.policy.model;

import dev.plumbline.exchange.ModelVersion;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The versions in memory and who uses them. A request leases the version it is answered by, so that a swap changes what
 * the next request gets and nothing else; a version that was let go is closed after its last lease. Safe for several
 * threads.
 */
public final class ModelShelf {
    private final TreeMap<ModelVersion, Place> places = new TreeMap<>();
    /** Taken out to be closed. */
    private final List<LoadedModel> leaving = new ArrayList<>();

    private Optional<ModelVersion> served = Optional.empty();
    private Optional<ModelVersion> expected = Optional.empty();
    private long changes;

    private static final class Place {
        private final LoadedModel model;
        private int leases;
        private boolean retired;

        private Place(LoadedModel model) {
            this.model = model;
        }
    }

    /** A lease of what is served to those who ask for no version. */
    public synchronized Optional<ModelLease> leaseServed() {
        return served.flatMap(version -> place(version).map(place -> lease(place, () -> servedInsteadOf(version))));
    }

    private synchronized Optional<ModelLease> servedInsteadOf(ModelVersion before) {
        return served.filter(version -> !version.equals(before)).flatMap(version -> leaseServed());
    }

    /** A lease of this version, if it is in memory and not let go. */
    public synchronized Optional<ModelLease> lease(ModelVersion version) {
        return place(version).map(place -> lease(place, Optional::empty));
    }

    private Optional<Place> place(ModelVersion version) {
        return Optional.ofNullable(places.get(version)).filter(place -> !place.retired);
    }

    /** A lease of the newest version of a name that has this property. */
    public synchronized Optional<ModelLease> leaseNewest(String name, Predicate<ModelVersion> wanted) {
        return places.descendingMap().entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name) && !entry.getValue().retired)
                .filter(entry -> wanted.test(entry.getKey()))
                .findFirst()
                .map(entry -> lease(entry.getValue(), () -> leaseNewest(name, wanted.and(isAfter(entry.getKey())))));
    }

    private static Predicate<ModelVersion> isAfter(ModelVersion before) {
        return version -> version.compareTo(before) > 0;
    }

    /** Grows whenever a version comes, or another one is served. */
    public synchronized long changes() {
        return changes;
    }

    /** The version that is being brought into memory, beside those that are used. */
    public synchronized Optional<ModelVersion> expected() {
        return expected;
    }

    /** Tells of the version that is being brought in; empty when it is where it belongs, or will not come. */
    synchronized void expect(Optional<ModelVersion> version) {
        expected = version;
    }

    /** What is served to those who ask for no version. */
    public synchronized Optional<ModelVersion> served() {
        return served;
    }

    /** Every version that can be leased, in order. */
    public synchronized List<ModelVersion> available() {
        return places.entrySet().stream()
                .filter(entry -> !entry.getValue().retired)
                .map(entry -> entry.getKey())
                .toList();
    }

    /** How many versions are in memory, those included that were let go and are still used, or are being closed. */
    public synchronized int inMemory() {
        leaving.removeIf(LoadedModel::isClosed);
        return places.size() + leaving.size();
    }

    /** Every model in memory, for the engine's thread. */
    public synchronized List<LoadedModel> models() {
        return places.values().stream().map(place -> place.model).toList();
    }

    synchronized void add(LoadedModel model) {
        Place before = places.put(model.version(), new Place(model));
        if (before != null) {
            throw new IllegalStateException(model.version() + " is in memory already");
        }
        changes++;
    }

    /** Whether the version is in memory; one that was let go but is still used comes back. */
    synchronized boolean readmit(ModelVersion version) {
        Place place = places.get(version);
        if (place == null) {
            return false;
        }
        changes += place.retired ? 1 : 0;
        place.retired = false;
        return true;
    }

    /** Serves a version from now on; one that was let go but is still used comes back. False if it is not in memory. */
    synchronized boolean serve(ModelVersion version) {
        boolean here = readmit(version);
        if (here) {
            served = Optional.of(version);
            changes++;
        }
        return here;
    }

    /** Lets a version go unless it is served; true if it went. */
    synchronized boolean retireUnserved(ModelVersion version) {
        boolean unserved = !served.equals(Optional.of(version));
        if (unserved) {
            retire(version);
        }
        return unserved;
    }

    synchronized void retire(ModelVersion version) {
        Place place = places.get(version);
        if (place != null) {
            place.retired = true;
        }
        served = served.filter(other -> !other.equals(version));
    }

    /** Takes out what was let go and is no longer used; the caller closes it. */
    public synchronized List<LoadedModel> takeUnused() {
        List<LoadedModel> unused = new ArrayList<>();
        for (Iterator<Place> each = places.values().iterator(); each.hasNext(); ) {
            Place place = each.next();
            if (place.retired && place.leases == 0) {
                each.remove();
                unused.add(place.model);
            }
        }
        leaving.addAll(unused);
        return unused;
    }

    private synchronized ModelLease lease(Place place, Supplier<Optional<ModelLease>> successor) {
        place.leases++;
        return new ModelLease(place.model, () -> lease(place, successor), successor, () -> release(place));
    }

    private synchronized void release(Place place) {
        place.leases--;
    }
}
