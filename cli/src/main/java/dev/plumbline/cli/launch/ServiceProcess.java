package dev.plumbline.cli.launch;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A service as a child process. It reads this process' end of a pipe and stops when that ends, so it outlives neither
 * {@link #close()} nor a kill of this process.
 */
public final class ServiceProcess implements AutoCloseable {
    private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(150);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final Duration KILL = Duration.ofSeconds(10);
    private static final int TAIL_LINES = 25;

    private final Service service;
    private final Process process;
    private final Path log;
    private final URI started;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER).build();

    private ServiceProcess(Service service, Process process, Path log, URI started) {
        this.service = service;
        this.process = process;
        this.log = log;
        this.started = started;
    }

    /**
     * Starts a service; returns at once.
     *
     * @param settings its settings beyond its own ports, by key
     * @param log where its output goes; appended to
     */
    public static ServiceProcess start(
            Installation installation,
            Service service,
            Ports ports,
            Resources resources,
            Map<String, String> settings,
            Path log) {
        List<String> command = new ArrayList<>();
        command.add(Installation.java().toString());
        command.add("-Xmx" + resources.heapMegabytes() + "m");
        // One collector thread: the cores are for the model.
        command.add("-XX:+UseSerialGC");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Dquarkus.grpc.server.port=" + ports.grpc(service));
        command.add("-Dquarkus.http.port=" + ports.http(service));
        command.add("-Dplumbline.exit-with-parent=true");
        command.add("-Dplumbline.compute.threads=" + resources.threads());
        if (service == Service.POLICY) {
            command.add("-Dplumbline.policy.control.port=" + ports.control());
        }
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-jar");
        command.add(installation.jar(service).toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(resources.environment());
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            URI started = URI.create("http://127.0.0.1:" + ports.http(service) + "/q/health/started");
            return new ServiceProcess(service, builder.start(), log, started);
        } catch (IOException e) {
            throw new LaunchException(service.title() + " cannot be started: " + e.getMessage(), e);
        }
    }

    /** Which service. */
    public Service service() {
        return service;
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    public boolean alive() {
        return process.isAlive();
    }

    /** Whether it says that it has started. */
    public boolean hasStarted() {
        try {
            HttpRequest question =
                    HttpRequest.newBuilder(started).timeout(ANSWER).build();
            return http.send(question, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LaunchException("interrupted while " + service.title() + " starts", e);
        }
    }

    /** Waits until it has started; fails, with the tail of its log, if it ends or takes too long. */
    public void awaitStarted(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!hasStarted()) {
            requireAlive();
            if (System.nanoTime() > deadline) {
                throw new LaunchException(service.title() + " has not started within " + timeout.toSeconds()
                        + " s, see " + log + "; it ends with:\n" + tail());
            }
            try {
                boolean ended = process.waitFor(BETWEEN_QUESTIONS.toMillis(), TimeUnit.MILLISECONDS);
                if (ended) {
                    requireAlive();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LaunchException("interrupted while " + service.title() + " starts", e);
            }
        }
    }

    /** Fails, with the tail of its log, if it has ended. */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw new LaunchException(service.title() + " has ended with exit code " + process.exitValue() + ", see "
                    + log + "; it ends with:\n" + tail());
        }
    }

    /** Ends it as a crash would: nothing is finished. */
    public void kill() {
        process.destroyForcibly();
        await(KILL);
    }

    /** Asks it to finish what it has begun and to end; kills it after the time given. */
    public void stop(Duration patience) {
        process.destroy();
        if (!await(patience)) {
            kill();
        }
    }

    @Override
    public void close() {
        stop(KILL);
    }

    private boolean await(Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return true;
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "(" + log + " cannot be read: " + e.getMessage() + ")";
        }
    }
}
