package dev.plumbline.policy.engine;

import dev.plumbline.lm.MicroBatch;
import dev.plumbline.lm.Outputs;
import dev.plumbline.lm.TokenSequence;
import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.Turn;
import dev.plumbline.serving.error.NotNow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Log-probabilities of given responses, by teacher forcing; computed in micro-batches between the decode steps of others. */
public final class LogprobsJob extends Job {
    /** Tokens of one micro-batch, padding included: about what a prefill takes, so that no decode step waits long. */
    private static final int BATCH_TOKENS = 4096;

    /** Where the numbers go; on the engine's thread, exactly one of both. */
    public interface Sink {
        /** Outputs of the micro-batches in the order of the sequences. */
        void finished(List<Outputs> outputs);

        /** There will be none. */
        void failed(Throwable error);
    }

    private final List<TokenSequence> sequences;
    private final float temperature;
    private final Sink sink;
    private final List<Outputs> outputs = new ArrayList<>();
    private int next;

    /** Takes over the lease. */
    public LogprobsJob(ModelLease lease, List<TokenSequence> sequences, float temperature, Turn turn, Sink sink) {
        super(
                lease,
                sequences.stream().mapToLong(sequence -> sequence.ids().length).sum(),
                turn);
        this.sequences = List.copyOf(sequences);
        this.temperature = temperature;
        this.sink = sink;
    }

    @Override
    int slotsHeld() {
        return 0;
    }

    @Override
    int slotsNeeded() {
        return 0;
    }

    /** All of its numbers are of one version. */
    @Override
    boolean moveTo(LoadedModel newer) {
        return false;
    }

    @Override
    boolean caughtUp() {
        return true;
    }

    /** Computes one micro-batch. */
    @Override
    boolean start() {
        int longest = 0;
        int from = next;
        while (next < sequences.size()) {
            longest = Math.max(longest, sequences.get(next).ids().length);
            if (next > from && (long) longest * (next - from + 1) > BATCH_TOKENS) {
                break;
            }
            next++;
        }
        try {
            outputs.add(model().engine().evaluate(new MicroBatch(sequences.subList(from, next), temperature)));
        } catch (RuntimeException e) {
            fail(e);
            return true;
        }
        if (next == sequences.size() && end()) {
            sink.finished(outputs);
        }
        return next == sequences.size();
    }

    @Override
    void stop(StopCause cause) {
        switch (cause) {
            case CANCELLED, DEADLINE -> end();
            case ABORTED ->
                fail(NotNow.unavailable(
                        "SERVER_DRAINING",
                        "this server stopped before it finished; ask another replica",
                        Duration.ZERO));
            case ORDERED ->
                fail(NotNow.aborted("REQUEST_ABORTED", "an operator ended it before it finished; ask again"));
        }
    }

    @Override
    void fail(Throwable error) {
        if (end()) {
            sink.failed(error);
        }
    }
}
