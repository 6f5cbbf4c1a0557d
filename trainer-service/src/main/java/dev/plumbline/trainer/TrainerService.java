package dev.plumbline.trainer;

import dev.plumbline.proto.trainer.v1.TrainerServiceGrpc;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.trainer.house.HouseConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;

/** The trainer's threads, and the order in which they start and stop. It is ready without a broker: runs are accepted. */
final class TrainerService implements HostedService {
    private final Driver driver;
    private final HouseConnection connection;
    private final ExecutorService watching;
    private final String brokers;

    TrainerService(Driver driver, HouseConnection connection, ExecutorService watching, String brokers) {
        this.driver = driver;
        this.connection = connection;
        this.watching = watching;
        this.brokers = brokers;
    }

    @Override
    public void start() {
        driver.start();
    }

    @Override
    public List<Condition> conditions() {
        boolean open = connection.open();
        return List.of(Condition.informative(
                "kafka", open, open ? "the feeds are read" : "runs wait for a broker at " + brokers));
    }

    @Override
    public List<Driver> drivers() {
        return List.of(driver);
    }

    @Override
    public Set<String> controlMethods() {
        return Set.of(
                TrainerServiceGrpc.getCreateRunMethod().getFullMethodName(),
                TrainerServiceGrpc.getReplayRunMethod().getFullMethodName(),
                TrainerServiceGrpc.getCancelRunMethod().getFullMethodName());
    }

    /** The active run ends at its next safe point; what is not in its checkpoint is learnt again from the log. */
    @Override
    public void stopIntake() {
        driver.close();
    }

    @Override
    public boolean finish(Duration timeout) {
        return true;
    }

    @Override
    public void abort() {
        watching.shutdownNow();
    }

    @Override
    public void close() {
        driver.close();
        watching.shutdownNow();
        connection.close();
    }
}
