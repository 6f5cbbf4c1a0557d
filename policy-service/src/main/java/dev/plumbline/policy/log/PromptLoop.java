package dev.plumbline.policy.log;

import dev.plumbline.exchange.ExchangeLoop;
import dev.plumbline.exchange.HouseFollower;
import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.serving.worker.Worker;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Polls the prompts of a topic, once the feeds have been read to their end. While admitted prompts wait too long for a
 * version that this replica cannot get, it leaves the group, so that others answer them, and comes back with the version.
 */
final class PromptLoop implements Worker {
    private static final Logger LOG = Logger.getLogger(PromptLoop.class);

    private final HouseFollower house;
    private final Supplier<ExchangeLoop<Prompt, Rollout>> open;
    private final Supplier<Optional<Duration>> versionWait;
    private final Duration versionTimeout;
    private volatile @Nullable ExchangeLoop<Prompt, Rollout> loop;
    private volatile boolean stopping;

    /**
     * @param open makes the loop
     * @param versionWait for how long prompts have been waiting for a version; empty if none do
     */
    PromptLoop(
            HouseFollower house,
            Supplier<ExchangeLoop<Prompt, Rollout>> open,
            Supplier<Optional<Duration>> versionWait,
            Duration versionTimeout) {
        this.house = house;
        this.open = open;
        this.versionWait = versionWait;
        this.versionTimeout = versionTimeout;
    }

    @Override
    public int poll() {
        ExchangeLoop<Prompt, Rollout> polled = loop;
        if (polled == null) {
            if (stopping || !house.caughtUp()) {
                return 0;
            }
            polled = open.get();
            loop = polled;
        }
        if (!stopping) {
            yieldOrReturn(polled);
        }
        return polled.poll();
    }

    private void yieldOrReturn(ExchangeLoop<Prompt, Rollout> polled) {
        Optional<Duration> wait = versionWait.get();
        boolean away = polled.status().mode() == LoopStatus.Mode.AWAY;
        if (!away && wait.isPresent() && wait.get().compareTo(versionTimeout) > 0) {
            LOG.warnf(
                    "training prompts have waited %d s for a version: leaving them to other replicas",
                    wait.get().toSeconds());
            polled.leave();
        } else if (away && wait.isEmpty()) {
            LOG.info("the version that training prompts waited for is here: answering them again");
            polled.resume();
        }
    }

    /** Takes no more prompts; those in hand are finished. */
    void stopIntake() {
        stopping = true;
        ExchangeLoop<Prompt, Rollout> polled = loop;
        if (polled != null) {
            polled.drain();
        }
    }

    /** Whether every prompt that was taken has been answered, and the broker has acknowledged it. */
    boolean isIdle() {
        ExchangeLoop<Prompt, Rollout> polled = loop;
        return polled == null || polled.status().isIdle();
    }

    /** As it stood after its last poll; empty before it has begun. */
    Optional<LoopStatus> status() {
        return Optional.ofNullable(loop).map(ExchangeLoop::status);
    }

    @Override
    public void finish() {
        ExchangeLoop<Prompt, Rollout> polled = loop;
        if (polled != null) {
            polled.close();
        }
    }
}
