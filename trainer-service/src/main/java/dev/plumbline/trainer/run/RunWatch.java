package dev.plumbline.trainer.run;

import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Executor;

/**
 * One caller's view of a run: metrics from a sequence number on, and the run whenever it has changed. The caller's pace
 * decides: metrics wait in the journal, of the run only the latest state is sent. Everything but its beginning happens in
 * a single-threaded executor.
 */
public final class RunWatch {
    private final Runs runs;
    private final String id;
    private final MetricsJournal.Cursor cursor;
    private final ServerCallStreamObserver<WatchRunResponse> caller;
    private final Executor executor;
    private final Runnable unsubscribe;
    private long sentRevision = -1;
    private boolean ended;

    private RunWatch(
            Runs runs,
            String id,
            long afterSequence,
            ServerCallStreamObserver<WatchRunResponse> caller,
            Executor executor) {
        this.runs = runs;
        this.id = id;
        this.cursor = runs.journal(id).after(afterSequence);
        this.caller = caller;
        this.executor = executor;
        this.unsubscribe = runs.subscribe(this::wake);
    }

    /** Begins to watch; throws if there is no such run. Must be called from within the call's method. */
    public static void start(
            Runs runs,
            String id,
            long afterSequence,
            ServerCallStreamObserver<WatchRunResponse> caller,
            Executor singleThread) {
        RunWatch watch = new RunWatch(runs, id, afterSequence, caller, singleThread);
        caller.setOnReadyHandler(watch::wake);
        caller.setOnCancelHandler(watch.unsubscribe);
        watch.wake();
    }

    private void wake() {
        executor.execute(this::send);
    }

    private void send() {
        if (ended || caller.isCancelled()) {
            unsubscribe.run();
            return;
        }
        try {
            sendWhatFits();
        } catch (RuntimeException e) {
            ended = true;
            unsubscribe.run();
            caller.onError(e);
        }
    }

    private void sendWhatFits() {
        // Taken first: an ended run's last metrics are in the journal before its end is shown.
        Runs.Snapshot snapshot = runs.snapshot(id);
        cursor.read(new MetricsJournal.PointReader() {
            @Override
            public boolean wantsMore() {
                return caller.isReady();
            }

            @Override
            public void accept(MetricsPoint point) {
                caller.onNext(WatchRunResponse.newBuilder().setMetrics(point).build());
            }
        });
        if (!cursor.atEnd() || !caller.isReady()) {
            return; // the caller's readiness wakes this watch again
        }
        if (snapshot.revision() != sentRevision) {
            sentRevision = snapshot.revision();
            caller.onNext(WatchRunResponse.newBuilder().setRun(snapshot.run()).build());
        }
        if (RunEntry.hasEnded(snapshot.run().getState())) {
            ended = true;
            unsubscribe.run();
            caller.onCompleted();
        }
    }
}
