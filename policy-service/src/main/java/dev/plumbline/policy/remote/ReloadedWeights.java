package dev.plumbline.policy.remote;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.serving.error.NotNow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The server has one set of weights, which a new version replaces: what runs ends, then vLLM is paused, its workers' {@code
 * reload_weights} reads the checkpoint's directory, cached prefixes of the old weights are dropped, and it is resumed.
 * These calls exist in vLLM's development mode ({@code VLLM_SERVER_DEV_MODE=1}), where the directory must be there under the
 * same path, and in a policy-service that takes them. vLLM does not say which weights it has, so nobody else may change them.
 */
final class ReloadedWeights implements WeightUpdate {
    private final RemoteServer server;
    private final Optional<String> modelName;
    private final Duration timeout;
    private Optional<ModelVersion> current = Optional.empty();
    private boolean changing;
    private int running;

    /** @param modelName what the server calls its model, whichever weights it has; empty: {@code name@version} of those it has */
    ReloadedWeights(RemoteServer server, Optional<String> modelName) {
        this.server = server;
        this.modelName = modelName;
        this.timeout = server.patience().update();
    }

    @Override
    public String modelName(ModelVersion version) {
        return modelName.orElseGet(version::toString);
    }

    @Override
    public void bring(ModelVersion version, Path directory) {
        synchronized (this) {
            if (current.equals(Optional.of(version))) {
                return;
            }
            current.ifPresent(other -> requireNewer(version, other));
            changing = true;
        }
        try {
            awaitIdle(version);
            reload(directory);
            synchronized (this) {
                current = Optional.of(version);
            }
        } finally {
            synchronized (this) {
                changing = false;
            }
        }
    }

    private void requireNewer(ModelVersion version, ModelVersion other) {
        if (!version.name().equals(other.name()) || version.version() < other.version()) {
            throw new IllegalArgumentException(server.name() + " has one set of weights, " + other
                    + ", which only a newer" + " version replaces: serve " + version + " by another server");
        }
    }

    /** What runs ends on its version; from then on the server has none. */
    private synchronized void awaitIdle(ModelVersion version) {
        long end = System.nanoTime() + timeout.toNanos();
        try {
            for (long left = timeout.toNanos(); running > 0; left = end - System.nanoTime()) {
                if (left <= 0) {
                    throw NotNow.unavailable(
                            "NO_MODEL",
                            version + " waits for " + running + " requests to end on " + server.name(),
                            server.patience().firstRetryAfter());
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw NotNow.unavailable("NO_MODEL", "the update to " + version + " was interrupted", Duration.ZERO);
        }
        current = Optional.empty();
    }

    private void reload(Path directory) {
        server.update("/pause?mode=wait", JsonNodeFactory.instance.objectNode());
        try {
            ObjectNode reload = JsonNodeFactory.instance.objectNode().put("method", "reload_weights");
            reload.putObject("kwargs")
                    .put("weights_path", directory.toAbsolutePath().toString());
            server.update("/collective_rpc", reload);
            server.update("/reset_prefix_cache", JsonNodeFactory.instance.objectNode());
        } finally {
            server.update("/resume", JsonNodeFactory.instance.objectNode());
        }
    }

    @Override
    public synchronized boolean changing() {
        return changing;
    }

    @Override
    public synchronized boolean enter(ModelVersion version) {
        boolean here = !changing && current.equals(Optional.of(version));
        running += here ? 1 : 0;
        return here;
    }

    @Override
    public synchronized void leave() {
        running--;
        notifyAll();
    }
}
