package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.Service;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * Processor seconds of all threads on the two sides of a house.
 *
 * @param generating of policy-service
 * @param learning of trainer-service, reward-service and the broker, which is in this process
 */
record BusyTime(double generating, double learning) {

    /** Since the processes began. */
    static BusyTime of(House house) {
        return new BusyTime(
                seconds(house.service(Service.POLICY).pid()),
                Stream.of(
                                house.service(Service.TRAINER).pid(),
                                house.service(Service.REWARD).pid(),
                                ProcessHandle.current().pid())
                        .mapToDouble(BusyTime::seconds)
                        .sum());
    }

    private static double seconds(long pid) {
        return ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .map(Duration::toNanos)
                        .orElseThrow(
                                () -> new IllegalStateException("process " + pid + " does not tell its processor time"))
                / 1e9;
    }

    /** Of each of so many steps since an earlier moment. */
    BusyTime perStep(BusyTime before, long steps) {
        return new BusyTime((generating - before.generating) / steps, (learning - before.learning) / steps);
    }
}
