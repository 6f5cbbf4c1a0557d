package dev.plumbline.policy.engine;

import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.policy.model.ModelShelf;
import dev.plumbline.serving.meter.ServingMeters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * What running answers notice of a version that comes in: with {@link Swap#CONTINUE} they go on with it, and while it is
 * brought in beside them, steps may take longer. Used by the engine's thread, between steps.
 */
public final class Succession {
    private static final Logger LOG = Logger.getLogger(Succession.class);

    private final ModelShelf shelf;
    private final Swap swap;
    private final ServingMeters meters;
    private final LongSupplier nanoTime;

    private long seen;
    /** Jobs that have moved, as far as not all of their answers have a token of the new version yet. */
    private final List<Job> behind = new ArrayList<>();

    private long moved;
    private Duration switching = Duration.ZERO;
    private int movedJobs;

    private Optional<ModelVersion> coming = Optional.empty();
    private long stepped;
    private boolean running;
    private long longest;

    public Succession(ModelShelf shelf, Swap swap, ServingMeters meters, LongSupplier nanoTime) {
        this.shelf = shelf;
        this.swap = swap;
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    /** Lets those jobs go on with a newer version for which there is one since the last time; how many do. */
    int poll(Stream<Job> jobs) {
        long changes = shelf.changes();
        if (changes == seen) {
            return 0;
        }
        seen = changes;
        long begun = nanoTime.getAsLong();
        List<Job> going = swap == Swap.CONTINUE ? jobs.filter(Job::moveOn).toList() : List.of();
        if (!going.isEmpty()) {
            moved = begun;
            movedJobs += going.size();
            behind.addAll(going);
        }
        return going.size();
    }

    /**
     * All engines have made a step.
     *
     * @param answers that are still being generated
     */
    void stepped(int answers) {
        long now = nanoTime.getAsLong();
        if (coming.isPresent() && running) {
            longest = Math.max(longest, now - stepped);
        }
        stepped = now;
        running = answers > 0;
        if (!behind.isEmpty() && behind.removeIf(Job::caughtUp) && behind.isEmpty()) {
            switching = Duration.ofNanos(now - moved);
            meters.modelSwap("switch", switching);
        }
        Optional<ModelVersion> expected = shelf.expected();
        boolean settled = expected.isEmpty() && behind.isEmpty() && shelf.changes() == seen;
        if (coming.isPresent() && settled) {
            report(coming.get());
        }
        coming = settled ? Optional.empty() : expected.or(() -> coming);
    }

    /** Unless nobody could notice. */
    private void report(ModelVersion version) {
        if (longest > 0) {
            Duration stall = Duration.ofNanos(longest);
            meters.swapStall(stall);
            LOG.infof(
                    "%s came in beside running answers: at most %d ms between two steps, %d requests go on with it,"
                            + " with their next tokens after %d ms",
                    version, stall.toMillis(), movedJobs, switching.toMillis());
        }
        longest = 0;
        movedJobs = 0;
        switching = Duration.ZERO;
    }
}
