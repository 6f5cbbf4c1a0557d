package dev.plumbline.e2e;

import dev.plumbline.cli.launch.HouseAddresses;
import dev.plumbline.cli.launch.Installation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the {@code plumbline} command said to someone who called it from a shell.
 *
 * @param code its exit code
 * @param out its standard output
 */
record HouseCommand(int code, String out) {

    /** Runs it against a house until it ends. */
    static HouseCommand run(TinyHouse house, String... arguments) throws InterruptedException {
        Installation installation = Installation.current();
        HouseAddresses addresses = house.client().addresses();
        List<String> line = new ArrayList<>();
        line.add(installation.root().resolve("plumbline").toString());
        line.addAll(List.of(arguments));
        line.addAll(List.of(
                "--trainer", addresses.trainer(),
                "--policy", addresses.policy(),
                "--reward", addresses.reward(),
                "--kafka", addresses.kafka()));
        ProcessBuilder builder = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("PLUMBLINE_BUILD", "never");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        try {
            Process process = builder.start();
            try (InputStream out = process.getInputStream()) {
                String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
                return new HouseCommand(process.waitFor(), said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
