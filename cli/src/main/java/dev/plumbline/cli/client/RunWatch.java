package dev.plumbline.cli.client;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.WatchRunRequest;
import dev.plumbline.proto.trainer.v1.WatchRunResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;

/** Follows a run to its end, also over a restart of the trainer. */
public final class RunWatch {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    private final HouseClient client;
    private final String runId;

    /** A watch of one run. */
    public RunWatch(HouseClient client, String runId) {
        this.client = client;
        this.runId = runId;
    }

    /** Is told what happens. */
    public interface Listener {
        /** State, progress or what it waits for changed. */
        void changed(Run run);

        /** New metrics; every point comes once, in order. */
        void measured(MetricsPoint point);

        /** The trainer went away; the watch goes on trying. */
        void interrupted(String reason);
    }

    /**
     * Returns when the run has ended.
     *
     * @param afterSequence metrics up to this number are left out; 0: none
     */
    public Run follow(long afterSequence, Listener listener) {
        long sequence = afterSequence;
        Run last = Run.getDefaultInstance();
        long lostSince = 0;
        while (!ended(last)) {
            try {
                Iterator<WatchRunResponse> events = client.trainer()
                        .watchRun(WatchRunRequest.newBuilder()
                                .setRunId(runId)
                                .setAfterSequence(sequence)
                                .build());
                while (events.hasNext()) {
                    WatchRunResponse event = events.next();
                    lostSince = 0;
                    switch (event.getEventCase()) {
                        case RUN -> {
                            last = event.getRun();
                            listener.changed(last);
                        }
                        case METRICS -> {
                            sequence = Math.max(sequence, event.getMetrics().getSequence());
                            listener.measured(event.getMetrics());
                        }
                        case EVENT_NOT_SET -> {}
                    }
                }
            } catch (StatusRuntimeException e) {
                lostSince = lostSince == 0 ? System.nanoTime() : lostSince;
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE
                        || System.nanoTime() - lostSince > PATIENCE.toNanos()) {
                    throw e;
                }
                listener.interrupted(CallFailure.of(e).message());
                pause();
            }
        }
        return last;
    }

    /** Whether a run has come to its end, good or bad. */
    public static boolean ended(Run run) {
        RunState state = run.getState();
        return state == RunState.RUN_STATE_SUCCEEDED
                || state == RunState.RUN_STATE_FAILED
                || state == RunState.RUN_STATE_CANCELLED;
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
        }
    }
}
