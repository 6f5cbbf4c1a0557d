package dev.plumbline.trainer.run;

import com.google.protobuf.util.Timestamps;
import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.CreateRunRequest;
import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.EvaluationSample;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.Replay;
import dev.plumbline.proto.trainer.v1.ReplayRunRequest;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.serving.error.CallerFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** All runs of this trainer, as they stand on its disk. Safe for several threads. */
public final class Runs {
    private static final Logger LOG = Logger.getLogger(Runs.class);

    private final Path root;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    /** By run id, the oldest first. */
    private final Map<String, RunEntry> entries = new LinkedHashMap<>();

    private final Map<String, RunEntry> byRequest = new HashMap<>();
    private final CopyOnWriteArrayList<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<RunObserver> observers = new CopyOnWriteArrayList<>();

    /** Reads the runs that are there. */
    public Runs(Path root, Clock clock) {
        this.root = root;
        this.clock = clock;
        load();
    }

    /** A run and how often it has changed since the process began. */
    record Snapshot(Run run, long revision) {}

    /** The run that was created under this request id; throws if that was for another spec. */
    public Optional<Run> created(String requestId, RunSpec given) {
        return guarded(() -> {
            RunEntry entry = byRequest.get(requestId);
            if (requestId.isEmpty() || entry == null) {
                return Optional.empty();
            }
            if (!entry.request().getSpec().equals(given)) {
                throw CallerFault.invalid(
                        "REQUEST_ID_TAKEN",
                        "request_id",
                        "request_id \"" + requestId + "\" made run " + entry.id()
                                + " from another spec; take a new id for a new run");
            }
            return Optional.of(entry.run());
        });
    }

    /** Queues a run, unless its request id made one already. It is on disk when this returns. */
    public Run create(CreateRunRequest request, RunSpec resolved) {
        Run created = guarded(() -> {
            Optional<Run> before = created(request.getRequestId(), request.getSpec());
            if (before.isPresent()) {
                return before.get();
            }
            return add(request, Run.newBuilder().setSpec(resolved), resolved.getName());
        });
        changed();
        return created;
    }

    /**
     * Queues a run that learns steps of another one again. Throws a CallerFault if they cannot be learnt again, which
     * names those that can.
     */
    public Run replay(ReplayRunRequest request) {
        Run created = guarded(() -> {
            RunEntry original = entry(request.getRunId());
            Replay replay = ReplayPlan.of(request, original.run(), original.files());
            RunSpec spec = original.run().getSpec();
            return add(
                    CreateRunRequest.newBuilder().setSpec(spec).build(),
                    Run.newBuilder().setSpec(spec).setReplay(replay),
                    spec.getName() + "-replay");
        });
        changed();
        return created;
    }

    private Run add(CreateRunRequest request, Run.Builder run, String name) {
        Instant now = clock.instant();
        String id = RunIds.make(name, now, entries::containsKey);
        RunFiles files = new RunFiles(root.resolve(id));
        run.setRunId(id).setState(RunState.RUN_STATE_PENDING).setCreatedAt(Timestamps.fromMillis(now.toEpochMilli()));
        files.create(request, run.build());
        add(new RunEntry(files, request, run.build()));
        LOG.infof("run %s accepted", id);
        return run.build();
    }

    /** The run as it stands; throws if there is none. */
    public Run get(String id) {
        return guarded(() -> entry(id).run());
    }

    /** All runs, the newest first. */
    public List<Run> newestFirst() {
        return guarded(() -> {
            List<Run> runs = new ArrayList<>();
            entries.values().forEach(entry -> runs.add(0, entry.run()));
            return runs;
        });
    }

    /** Ends a waiting run at once, an active one at its next safe point, and leaves one that has ended as it is. */
    public Run cancel(String id) {
        Run run = guarded(() -> {
            RunEntry entry = entry(id);
            if (entry.run().getState() == RunState.RUN_STATE_PENDING) {
                entry.store(ended(entry.run(), RunState.RUN_STATE_CANCELLED));
            } else if (!entry.ended()) {
                entry.requestCancel();
            }
            return entry.run();
        });
        changed();
        return run;
    }

    /** The run to work on: the one a dead process was at, else the oldest that waits. */
    Optional<Run> next() {
        return guarded(() -> first(RunState.RUN_STATE_RUNNING).or(() -> first(RunState.RUN_STATE_PENDING)));
    }

    /** Takes the run to work on; from now on it is active, and no longer cancelled but asked to end. */
    Optional<Run> claimNext() {
        Optional<Run> claimed = guarded(() -> {
            Optional<Run> next = next();
            if (next.isEmpty() || next.get().getState() == RunState.RUN_STATE_RUNNING) {
                return next;
            }
            RunEntry entry = entry(next.get().getRunId());
            entry.store(next.get().toBuilder()
                    .setState(RunState.RUN_STATE_RUNNING)
                    .clearWaiting()
                    .setStartedAt(Timestamps.fromMillis(clock.millis()))
                    .build());
            return Optional.of(entry.run());
        });
        claimed.ifPresent(run -> changed());
        return claimed;
    }

    /** Runs that have not ended. */
    public List<Run> open() {
        return guarded(() -> entries.values().stream()
                .filter(entry -> !entry.ended())
                .map(RunEntry::run)
                .toList());
    }

    Snapshot snapshot(String id) {
        return guarded(() -> new Snapshot(entry(id).run(), entry(id).revision()));
    }

    boolean cancelRequested(String id) {
        return guarded(() -> entry(id).cancelRequested());
    }

    MetricsJournal journal(String id) {
        return guarded(() -> entry(id).journal());
    }

    RunFiles files(String id) {
        return guarded(() -> entry(id).files());
    }

    /** A run's checkpoints, of which so many of the newest and the best are kept. */
    Checkpoints checkpoints(String id, int keep, Standing standing, Consumer<String> notes) {
        return new Checkpoints(files(id).checkpoints(), keep, standing, notes);
    }

    /** Changes a run on disk and in what is shown. */
    void store(String id, UnaryOperator<Run> change) {
        boolean ends = guarded(() -> {
            RunEntry entry = entry(id);
            boolean before = entry.ended();
            entry.store(change.apply(entry.run()));
            return entry.ended() && !before;
        });
        changed();
        if (ends) {
            tellOfEnd(get(id));
        }
    }

    /** Changes only what is shown. */
    void show(String id, UnaryOperator<Run> change) {
        guarded(() -> {
            RunEntry entry = entry(id);
            entry.show(change.apply(entry.run()));
            return entry;
        });
        changed();
    }

    /** Adds a point to the run's metrics. */
    void measured(String id, long step, Map<String, Double> values) {
        MetricsPoint point = guarded(() -> {
            RunEntry entry = entry(id);
            MetricsPoint added = entry.journal().append(step, values, clock.instant());
            entry.show(entry.run().toBuilder().putAllMetrics(values).build());
            return added;
        });
        changed();
        observers.forEach(observer -> observer.measured(get(id), point));
    }

    /** Keeps the answers of the evaluation after a step. */
    void sampled(String id, long step, List<EvaluationSample> samples) {
        guarded(() -> {
            entry(id).samples().put(step, samples);
            return id;
        });
    }

    /** Goes back to a checkpoint: what was measured after it will be measured again. */
    void rewind(String id, long step, long metricsSequence) {
        List<MetricsPoint> kept = new ArrayList<>();
        Path directory = guarded(() -> {
            RunEntry entry = entry(id);
            entry.journal().truncateAfter(metricsSequence);
            entry.samples().truncateAfter(step);
            entry.journal().forEach(point -> {
                if (point.getStep() == step) {
                    kept.add(point);
                }
            });
            return entry.files().directory();
        });
        observers.forEach(observer -> observer.resumed(get(id), directory, step, kept));
    }

    /** Notes a process that works on a run, and the files the run reads. */
    void recordSession(String id, RunSession session, List<DataFile> data) {
        RunFiles files = files(id);
        Provenance before = files.readProvenance();
        Provenance.Builder now = before.toBuilder().addSessions(session);
        if (before.getSessionsCount() == 0) {
            now.addAllData(data);
        }
        files.writeProvenance(now.build());
    }

    /** Everything that the run's directory tells, without its metrics and samples. */
    public RunRecord record(String id) {
        return guarded(() -> {
            RunEntry entry = entry(id);
            return new RunRecord(
                    entry.run(),
                    entry.request().getSpec(),
                    entry.files().readProvenance(),
                    entry.files().directory(),
                    entry.samples().steps());
        });
    }

    /** The checkpoints that a run has now. */
    public KeptCheckpoints keptCheckpoints(String id) {
        ActiveRun run = new ActiveRun(this, get(id));
        Set<Long> steps = run.checkpoints().steps();
        return new KeptCheckpoints(new TreeSet<>(steps), run.best(steps));
    }

    /** The answers of the evaluation after a step; empty if there was none. */
    public List<EvaluationSample> samples(String id, long step) {
        return guarded(() -> entry(id).samples().of(step));
    }

    /** All that was measured, in order. */
    public List<MetricsPoint> metrics(String id) {
        return journal(id).points();
    }

    /** What was measured after a point, as it comes. */
    public MetricsJournal.Cursor metricsAfter(String id, long sequence) {
        return journal(id).after(sequence);
    }

    /** Tells an observer of all runs from now on. */
    public void observe(RunObserver observer) {
        observers.add(observer);
    }

    /** The run is over whatever becomes of its copies, so what an observer fails at is said and no more. */
    private void tellOfEnd(Run run) {
        for (RunObserver observer : observers) {
            try {
                observer.ended(run);
            } catch (UncheckedIOException e) {
                LOG.warnf("run %s has ended, but %s", run.getRunId(), e.getMessage());
            }
        }
    }

    /** The run in its final state, from now. */
    Run ended(Run run, RunState state) {
        return run.toBuilder()
                .setState(state)
                .clearWaiting()
                .setEndedAt(Timestamps.fromMillis(clock.millis()))
                .build();
    }

    /** Calls a listener after every change, in the thread that made it; the returned action ends that. */
    public Runnable subscribe(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    private void load() {
        try {
            Files.createDirectories(root);
            try (Stream<Path> directories = Files.list(root)) {
                directories
                        .map(RunFiles::new)
                        .filter(RunFiles::complete)
                        .map(files -> new RunEntry(files, files.readRequest(), files.readRun()))
                        .sorted(Comparator.comparing(
                                        (RunEntry entry) -> entry.run().getCreatedAt(), Timestamps.comparator())
                                .thenComparing(RunEntry::id))
                        .forEach(this::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("runs in " + root + " cannot be read", e);
        }
    }

    private void add(RunEntry entry) {
        entries.put(entry.id(), entry);
        if (!entry.request().getRequestId().isEmpty()) {
            byRequest.put(entry.request().getRequestId(), entry);
        }
    }

    private Optional<Run> first(RunState state) {
        return entries.values().stream()
                .map(RunEntry::run)
                .filter(run -> run.getState() == state)
                .findFirst();
    }

    private RunEntry entry(String id) {
        RunEntry entry = entries.get(id);
        if (entry == null) {
            throw CallerFault.notFound("NO_SUCH_RUN", "there is no run \"" + id + "\"; ListRuns shows those there are");
        }
        return entry;
    }

    private <T> T guarded(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }
}
