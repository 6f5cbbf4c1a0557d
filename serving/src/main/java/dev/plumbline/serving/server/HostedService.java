package dev.plumbline.serving.server;

import dev.plumbline.serving.worker.Driver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code serving} asks of a service; its composition root makes one. The order of a stop is the house's: health says
 * NOT_SERVING, clients are sent away, new calls are refused, {@link #stopIntake}, calls and {@link #finish} within the drain
 * timeout, else {@link #abort}, then {@link #close}.
 */
public interface HostedService extends AutoCloseable {
    /** Starts the threads. Must not wait for a broker or a model. An error here ends the process. */
    void start();

    /** What the service needs to be ready, now. Asked often, from any thread. */
    List<Condition> conditions();

    /** The threads whose death or standstill makes the process not live. */
    List<Driver> drivers();

    /**
     * Full names of the methods for which a caller needs the control role, such as {@code
     * plumbline.trainer.v1.TrainerService/CreateRun}; the others need the data role.
     */
    default Set<String> controlMethods() {
        return Set.of();
    }

    /** The port for orders; empty for a service that takes none, or takes them among its other calls. */
    default Optional<ControlDesk> controlDesk() {
        return Optional.empty();
    }

    /** Takes no more work from Kafka. */
    void stopIntake();

    /** Waits until everything that was accepted is finished; false if that takes longer. */
    boolean finish(Duration timeout);

    /** Ends what is still running: calls with what they have, records without an answer. */
    void abort();

    /** Frees everything. */
    @Override
    void close();
}
