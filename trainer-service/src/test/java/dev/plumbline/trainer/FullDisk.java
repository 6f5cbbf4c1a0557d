package dev.plumbline.trainer;

import dev.plumbline.exchange.KafkaSettings;
import dev.plumbline.exchange.TopicSettings;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.trainer.data.source.ObjectStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A trainer in a process of its own, to whose files the operating system sets a limit. */
final class FullDisk {
    private static final String WAITS = "waits: ";

    private FullDisk() {}

    /**
     * Has a process go on with the bench's run until it waits for the disk or ends, and kills it; returns what it waits
     * for.
     *
     * @param kilobytes the most that a file may have
     */
    static String reasonToWait(Path directory, Bench bench, String id, int kilobytes) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        "bash",
                        "-c",
                        "ulimit -f " + kilobytes + "; exec \"$@\"",
                        "trainer",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FullDisk.class.getName(),
                        directory.toString(),
                        TestBroker.bootstrapServers(),
                        bench.prefix(),
                        id))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return output.lines()
                .filter(line -> line.startsWith(WAITS))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output))
                .substring(WAITS.length());
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
