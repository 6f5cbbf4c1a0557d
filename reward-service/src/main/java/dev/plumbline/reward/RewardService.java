package dev.plumbline.reward;

import dev.plumbline.exchange.LoopStatus;
import dev.plumbline.reward.judge.JudgeEngine;
import dev.plumbline.serving.server.Condition;
import dev.plumbline.serving.server.HostedService;
import dev.plumbline.serving.worker.Driver;
import dev.plumbline.serving.worker.Waiting;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;

/** The service's threads and the order in which they start and stop. Without any judge it is ready: rules need none. */
final class RewardService implements HostedService {

    static final String NAME = "reward-service";

    private static final Duration IDLE = Duration.ofMillis(10);

    private final JudgeEngine engine;
    private final RolloutIntake intake;
    private final Driver engineDriver;
    private final Driver intakeDriver;

    /** @param judging what is known of the time that the engine takes */
    RewardService(JudgeEngine engine, Timer judging, RolloutIntake intake, Duration stuckAfter) {
        this.engine = engine;
        this.intake = intake;
        this.engineDriver =
                new Driver("reward-engine", new JudgingTime(engine, judging), Duration.ofSeconds(1), stuckAfter);
        this.intakeDriver = new Driver("reward-intake", intake, IDLE, stuckAfter);
        engine.onWork(engineDriver::wake);
    }

    @Override
    public void start() {
        engineDriver.start();
        intakeDriver.start();
    }

    @Override
    public List<Condition> conditions() {
        String problem = intake.problem().orElse("");
        return List.of(
                Condition.informative("kafka", problem.isEmpty(), problem.isEmpty() ? "rollouts are read" : problem));
    }

    @Override
    public List<Driver> drivers() {
        return List.of(engineDriver, intakeDriver);
    }

    @Override
    public void stopIntake() {
        intake.stop();
    }

    @Override
    public boolean finish(Duration timeout) {
        return Waiting.until(this::isIdle, timeout);
    }

    private boolean isIdle() {
        return engine.queuedAnswers() == 0
                && intake.status().map(LoopStatus::isIdle).orElse(true);
    }

    @Override
    public void abort() {
        engineDriver.close();
    }

    @Override
    public void close() {
        intakeDriver.close();
        engineDriver.close();
    }
}
