package dev.plumbline.serving.server;

import dev.plumbline.serving.worker.Driver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;

/** A hosted service that writes down what it is asked, and answers as the test says. */
final class ToyHost implements HostedService {
    final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    volatile List<Condition> conditions = List.of();
    volatile List<Driver> drivers = List.of();
    volatile Predicate<Duration> finish = timeout -> true;
    volatile Runnable abort = () -> {};

    volatile Optional<ControlDesk> desk = Optional.empty();

    @Override
    public Optional<ControlDesk> controlDesk() {
        return desk;
    }

    @Override
    public void start() {
        asked.add("start");
    }

    @Override
    public List<Condition> conditions() {
        return conditions;
    }

    @Override
    public List<Driver> drivers() {
        return drivers;
    }

    @Override
    public void stopIntake() {
        asked.add("stop intake");
    }

    @Override
    public boolean finish(Duration timeout) {
        asked.add("finish");
        return finish.test(timeout);
    }

    @Override
    public void abort() {
        asked.add("abort");
        abort.run();
    }

    @Override
    public void close() {
        asked.add("close");
    }
}
