package dev.plumbline.exchange;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link HouseView} in step with the feeds: connects, ensures the topics, reads the feeds to their end, and from
 * then on applies what comes. A broker that is away delays it and nothing else. {@link #poll} is for one thread; the
 * rest may be asked from any.
 */
public final class HouseFollower implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HouseFollower.class);

    private final Topics topics;
    private final HouseView view;
    private final InstantSource clock;
    private final Backoff backoff = new Backoff();
    private @Nullable FeedReader reader;
    private volatile boolean caughtUp;
    private volatile String problem = "the broker has not been asked yet";

    public HouseFollower(Topics topics, HouseView view, InstantSource clock) {
        this.topics = topics;
        this.view = view;
        this.clock = clock;
    }

    /**
     * Connects, or applies what comes.
     *
     * @param wait how long it waits for the first record, once it is connected
     * @return how many records were applied
     */
    public int poll(Duration wait) {
        if (!backoff.over(clock.instant())) {
            return 0;
        }
        try {
            FeedReader open = reader;
            if (open == null) {
                topics.ensure();
                open = new FeedReader(topics, view.feeds(topics));
                reader = open;
            }
            if (!caughtUp) {
                open.readToEnd();
                caughtUp = true;
                LOG.info("the feeds of runs, models and steps were read to their end");
            }
            int applied = open.poll(wait);
            backoff.succeeded();
            problem = "";
            return applied;
        } catch (ExchangeUnavailableException | TopicProblemsException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(problem)) {
                LOG.warn("the feeds cannot be followed, trying again: {}", message);
            }
            problem = message;
            backoff.failed(clock.instant());
            return 0;
        }
    }

    /** Whether the view is complete as of some moment after the start; before that nothing may be concluded from it. */
    public boolean caughtUp() {
        return caughtUp;
    }

    /** What keeps it from following; empty while it follows. */
    public Optional<String> problem() {
        return problem.isEmpty() ? Optional.empty() : Optional.of(problem);
    }

    @Override
    public void close() {
        FeedReader open = reader;
        if (open != null) {
            open.close();
        }
    }
}
