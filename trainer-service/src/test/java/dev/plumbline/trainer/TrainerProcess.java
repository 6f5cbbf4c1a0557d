package dev.plumbline.trainer;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.data.source.ObjectStorage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A trainer in a process of its own, which goes on with a run of a bench until it ends or waits for the disk. */
final class TrainerProcess {
    /** Before what the run waits for, on a line of the process' output. */
    static final String WAITS = "waits: ";

    private TrainerProcess() {}

    /**
     * One on the bench's disk and log, which are the process' alone from its start on.
     *
     * @param launcher what starts the command that follows it; empty: the command is started as it is
     */
    static ProcessBuilder of(Path directory, Bench bench, String id, List<String> launcher) {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC", // started in less time
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                TrainerProcess.class.getName(),
                directory.toString(),
                TestBroker.bootstrapServers(),
                bench.prefix(),
                id));
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** Directory, broker, topics' prefix and run. */
    public static void main(String[] arguments) {
        Bench bench = new Bench(
                Path.of(arguments[0]),
                KafkaSettings.defaults(arguments[1])
                        .withTopics(
                                TopicSettings.DEFAULT.withPrefix(arguments[2]).withPartitions(2)),
                ObjectStorage.NONE);
        String id = arguments[3];
        while (!bench.ended(id)) {
            bench.poll();
            Run run = bench.get(id);
            if (run.getWaiting().getReason().startsWith("waits for the disk")) {
                System.out.println(WAITS + run.getWaiting().getReason());
                System.out.flush();
                Runtime.getRuntime().halt(0);
            }
        }
        System.out.println(bench.get(id));
        System.out.flush();
        Runtime.getRuntime().halt(1);
    }
}
