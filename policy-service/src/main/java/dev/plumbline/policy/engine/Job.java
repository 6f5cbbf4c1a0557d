package dev.plumbline.policy.engine;

import dev.plumbline.policy.model.LoadedModel;
import dev.plumbline.policy.model.ModelLease;
import dev.plumbline.policy.request.Turn;
import java.util.Optional;

/** Work for one model. Holds a lease until it ends, one version's after the other's if it moves. */
public abstract sealed class Job permits AnswerJob, LogprobsJob {
    private ModelLease lease;
    private final long tokens;
    private final Turn turn;
    private boolean ended;
    private Runnable released = () -> {};

    Job(ModelLease lease, long tokens, Turn turn) {
        this.lease = lease;
        this.tokens = tokens;
        this.turn = turn;
    }

    /** The model it is for. */
    public final LoadedModel model() {
        return lease.model();
    }

    /** Goes on with the version that has taken the place of its own; false if none has, or it cannot. */
    final boolean moveOn() {
        Optional<ModelLease> successor = ended ? Optional.empty() : lease.successor();
        if (successor.isEmpty()) {
            return false;
        }
        boolean moves = moveTo(successor.get().model());
        ModelLease unneeded = moves ? lease : successor.get();
        lease = moves ? successor.get() : lease;
        unneeded.close();
        return moves;
    }

    /** Takes what it has to another model, all of it; false if it cannot, and nothing is changed. */
    abstract boolean moveTo(LoadedModel newer);

    /** Whether all that was being generated when it moved has ended or gone on. */
    abstract boolean caughtUp();

    /** The most tokens it can come to, which bound the queue. */
    final long tokens() {
        return tokens;
    }

    /** When it begins. */
    final Turn turn() {
        return turn;
    }

    /** Slots that it fills, or has asked for. */
    abstract int slotsHeld();

    /** Slots that its next part needs to begin; 0 if none may begin now. */
    abstract int slotsNeeded();

    /**
     * Begins, or goes on with its next part.
     *
     * @param room slots that are free, as many as it needs or more
     * @return how many of them it takes
     */
    abstract int start(int room);

    /** Whether nothing of it is left to be begun. */
    abstract boolean isBegun();

    /** Ends it from outside; what it has so far is delivered if that is any use. */
    abstract void stop(StopCause cause);

    /** Ends it with an error. */
    abstract void fail(Throwable error);

    /** Once its slots are free, this is done; not for one that has none. */
    final void onRelease(Runnable told) {
        if (slotsHeld() > 0) {
            released = told;
        }
    }

    /** It has no slot any more. */
    final void release() {
        released.run();
        released = () -> {};
    }

    final boolean ended() {
        return ended;
    }

    /** Gives the model back. True the first time. */
    final boolean end() {
        boolean first = !ended;
        ended = true;
        lease.close();
        return first;
    }
}
