package dev.plumbline.policy.model;

import dev.plumbline.exchange.ExchangeUnavailableException;
import dev.plumbline.exchange.HouseView;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelFetcher;
import dev.plumbline.proto.exchange.v1.ModelPublished;
import dev.plumbline.proto.exchange.v1.RunContract;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.serving.error.CallerFault;
import dev.plumbline.serving.error.NotNow;
import dev.plumbline.serving.meter.ServingMeters;
import dev.plumbline.serving.server.ActiveCalls;
import dev.plumbline.serving.worker.Worker;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jboss.logging.Logger;

/**
 * Follows the feed: loads the newest version of the served name and of every active run, and those asked for by name, on a
 * thread of its own while the others serve. A version that is damaged or of an impossible shape is refused and the one
 * before it stays; a source that is away is asked again. By order another version is served than the newest.
 */
public final class ModelFollower implements Worker {
    private static final Logger LOG = Logger.getLogger(ModelFollower.class);
    private static final Duration RETRY = Duration.ofSeconds(1);
    /** A version that was asked for by name stays in memory so long after it was asked for last. */
    private static final Duration REQUESTED = Duration.ofMinutes(10);

    private final Target target;
    private final HouseView view;
    private final Supply supply;
    private final ModelShelf shelf;
    /** What was asked for by name, and when last. */
    private final Map<ModelVersion, Instant> requested = new ConcurrentHashMap<>();

    private final ServedChoice choice;
    private final Queue<ServeOrder> orders = new ConcurrentLinkedQueue<>();
    private final Map<ModelVersion, Refusal> refusals = new ConcurrentHashMap<>();
    private volatile Runnable alarm = () -> {};
    private Instant retryAt = Instant.MIN;
    private volatile Optional<String> away = Optional.empty();

    /**
     * What is followed.
     *
     * @param name whose newest version is served
     * @param capacity the most versions in memory
     */
    public record Target(String name, int capacity) {
        public Target {
            ModelVersion.requireName(name);
            if (capacity < 2) {
                throw new IllegalArgumentException("plumbline.policy.loaded-models must be >= 2, since a new version is"
                        + " loaded beside the old one, got " + capacity);
            }
        }
    }

    /** What brings versions into memory, and measures how long that takes. */
    public record Supply(ModelFetcher fetcher, ModelLoader loader, ServingMeters meters, InstantSource clock) {}

    public ModelFollower(Target target, HouseView view, Supply supply, ModelShelf shelf) {
        this.target = target;
        this.view = view;
        this.supply = supply;
        this.shelf = shelf;
        this.choice = new ServedChoice(shelf, supply.meters());
    }

    /** What wakes the thread that polls. */
    public void onOrder(Runnable alarm) {
        this.alarm = alarm;
    }

    /** The name whose newest version is served. */
    public String servedName() {
        return target.name();
    }

    /** Asks for a version by name; it is loaded when there is room, and stays until others need the room. */
    public void want(ModelVersion version) {
        requested.put(version, supply.clock().instant());
    }

    /**
     * Serves a version of the served name and holds on to it, whatever is published later; at once if it is in memory, else
     * when it is loaded. What comes is the change, or the error of a version that cannot be served, which changes nothing.
     */
    public CompletableFuture<ServedChange> serve(ModelVersion version) {
        Optional<ServedChange> change = choice.hold(version);
        if (change.isPresent()) {
            return CompletableFuture.completedFuture(change.get());
        }
        ServeOrder order = new ServeOrder(version, new CompletableFuture<>());
        orders.add(order);
        alarm.run();
        return order.outcome();
    }

    /** Holds on to no version any more: the newest is served, at once if it is in memory, else when it is loaded. */
    public ServedChange followNewest() {
        Optional<ModelVersion> before = shelf.served();
        choice.letGo();
        newestGood(target.name(), Long.MAX_VALUE).map(ModelFollower::version).ifPresent(newest -> {
            if (shelf.available().contains(newest)) {
                choice.follow(newest);
            }
        });
        alarm.run();
        return new ServedChange(shelf.served(), before);
    }

    /** The version that an order holds on to. */
    public Optional<ModelVersion> held() {
        return choice.held();
    }

    /** The newest published version of the same name that is older than this one and was not refused. */
    public Optional<ModelVersion> newestBefore(ModelVersion version) {
        return newestGood(version.name(), version.version()).map(ModelFollower::version);
    }

    /** Why a version cannot be served, if it was tried. */
    public Optional<Refusal> refusal(ModelVersion version) {
        return Optional.ofNullable(refusals.get(version));
    }

    /** What keeps the newest version from being served; empty if it is, or if there is none. */
    public Optional<String> trouble() {
        return view.newest(target.name())
                .filter(this::isRefused)
                .flatMap(newest -> refusal(version(newest)))
                .map(refusal -> "MODEL_INVALID: " + refusal.version() + " is refused: " + refusal.message())
                .or(() -> away);
    }

    @Override
    public int poll() {
        Instant now = supply.clock().instant();
        if (now.isBefore(retryAt)) {
            return 0;
        }
        away = Optional.empty();
        requested.values().removeIf(last -> last.plus(REQUESTED).isBefore(now));
        Set<ModelVersion> wanted = new LinkedHashSet<>();
        int loaded = carryOut(wanted);
        if (choice.held().isEmpty()) {
            loaded += follow(newestGood(target.name(), Long.MAX_VALUE), wanted, true);
        }
        for (RunContract run : view.runs()) {
            if (run.getState() == RunState.RUN_STATE_RUNNING) {
                loaded += follow(view.newestOfRun(run.getRunId()), wanted, false);
            }
        }
        for (ModelVersion version : byRecency()) {
            if (wanted.size() < target.capacity()) {
                loaded += follow(view.model(version), wanted, false);
            }
        }
        int gone = letGo(wanted);
        shelf.expect(Optional.empty());
        return loaded + gone;
    }

    @Override
    public void finish() {
        orders.forEach(order -> order.failed(ActiveCalls.refusal()));
        supply.fetcher().close();
    }

    /** The first order that waits; while there is no room for its version, it is the next that gets some. */
    private int carryOut(Set<ModelVersion> wanted) {
        ServeOrder order = orders.peek();
        if (order == null) {
            return 0;
        }
        if (!order.isOver()) {
            ModelVersion version = order.version();
            wanted.add(version);
            Optional<ModelPublished> source = view.model(version).filter(model -> !isRefused(model));
            if (!shelf.readmit(version) && source.isPresent()) {
                if (!hasRoom(wanted)) {
                    return 0;
                }
                bring(source.get(), version);
            }
            choice.hold(version).ifPresentOrElse(order::carriedOut, () -> order.failed(whyNot(version)));
        }
        orders.remove();
        return 1;
    }

    private RuntimeException whyNot(ModelVersion version) {
        if (view.model(version).isEmpty()) {
            return CallerFault.notFound("UNKNOWN_MODEL", version + " is not published, or was deleted since");
        }
        return refusal(version)
                .<RuntimeException>map(refusal ->
                        CallerFault.failedPrecondition("MODEL_INVALID", version + " is refused: " + refusal.message()))
                .orElseGet(() -> NotNow.unavailable(
                        "MODEL_SOURCE_AWAY", away.orElse(version + " cannot be fetched for now"), RETRY));
    }

    private int follow(Optional<ModelPublished> published, Set<ModelVersion> wanted, boolean serve) {
        if (published.isEmpty() || isRefused(published.get())) {
            return 0;
        }
        ModelVersion version = version(published.get());
        wanted.add(version);
        boolean there = shelf.readmit(version);
        if (!there && !(hasRoom(wanted) && bring(published.get(), version))) {
            return 0;
        }
        boolean change = serve && choice.follow(version);
        return there && !change ? 0 : 1;
    }

    /** Makes room by letting go what nobody wants; a version still leased keeps its room until its last lease ends. */
    private boolean hasRoom(Set<ModelVersion> wanted) {
        if (shelf.inMemory() < target.capacity()) {
            return true;
        }
        shelf.served().ifPresent(wanted::add);
        letGo(wanted);
        return shelf.inMemory() < target.capacity();
    }

    private boolean bring(ModelPublished published, ModelVersion version) {
        Instant begun = supply.clock().instant();
        shelf.expect(Optional.of(version));
        try {
            Path directory = supply.fetcher().fetch(published);
            Instant fetched = supply.clock().instant();
            supply.meters().modelSwap("fetch", Duration.between(begun, fetched));
            shelf.add(supply.loader().load(version, directory));
            supply.meters()
                    .modelSwap("load", Duration.between(fetched, supply.clock().instant()));
            LOG.infof(
                    "%s is loaded, after %d ms",
                    version, Duration.between(begun, supply.clock().instant()).toMillis());
            return true;
        } catch (ExchangeUnavailableException | UncheckedIOException | NotNow e) {
            retryAt = supply.clock().instant().plus(RETRY);
            away = Optional.of(version + " cannot be loaded for now: " + e.getMessage());
            LOG.warn(away.get());
        } catch (RuntimeException e) {
            refuse(new Refusal(version, published.getManifestSha256(), String.valueOf(e.getMessage())), e);
        }
        return false;
    }

    private void refuse(Refusal refusal, RuntimeException cause) {
        refusals.put(refusal.version(), refusal);
        supply.meters()
                .registry()
                .counter("plumbline.models.refused", "model", refusal.version().name())
                .increment();
        LOG.errorf(
                cause,
                "%s is refused; %s stays in service",
                refusal.version(),
                shelf.served().map(ModelVersion::toString).orElse("none before it, so nothing"));
    }

    private int letGo(Collection<ModelVersion> wanted) {
        int gone = 0;
        for (ModelVersion version : shelf.available()) {
            if (!wanted.contains(version) && shelf.retireUnserved(version)) {
                // Whoever still needs it asks again; else it would come back after every swap.
                requested.remove(version);
                gone++;
            }
        }
        if (gone > 0) {
            List<ModelVersion> kept = new ArrayList<>(shelf.available());
            kept.addAll(wanted);
            // So that going back to it needs no source.
            choice.replaced().ifPresent(kept::add);
            supply.fetcher().retain(kept);
        }
        return gone;
    }

    /** The newest version of a name below this number that was not refused. */
    private Optional<ModelPublished> newestGood(String name, long below) {
        return view.models().stream()
                .filter(model -> model.getName().equals(name) && model.getVersion() < below && !isRefused(model))
                .max(Comparator.comparingLong(ModelPublished::getVersion));
    }

    private boolean isRefused(ModelPublished model) {
        return refusal(version(model))
                .filter(refusal -> refusal.manifestSha256().equals(model.getManifestSha256()))
                .isPresent();
    }

    private List<ModelVersion> byRecency() {
        return requested.entrySet().stream()
                .sorted(Map.Entry.<ModelVersion, Instant>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static ModelVersion version(ModelPublished model) {
        return new ModelVersion(model.getName(), model.getVersion());
    }
}
