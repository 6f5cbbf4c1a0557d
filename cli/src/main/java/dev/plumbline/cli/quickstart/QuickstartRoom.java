package dev.plumbline.cli.quickstart;

import dev.plumbline.cli.client.HouseClient;
import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.cli.progress.Progress;
import dev.plumbline.example.quickstart.WorldFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The directory and the house in which the story is told. */
public final class QuickstartRoom {
    private static final String REPORT_JSON = "report.json";
    private static final String REPORT_HTML = "report.html";
    private static final String HOUSE = "house";
    /** Wide enough for a step's prompts: the engine is fastest with a full batch. */
    private static final Map<Service, Map<String, String>> SETTINGS =
            Map.of(Service.POLICY, Map.of("plumbline.policy.slots", "64"));

    private static final int PARTS = 1 + Service.values().length;

    private final QuickstartPlan plan;
    private final HousePlan house;

    private QuickstartRoom(QuickstartPlan plan) {
        this.plan = plan;
        house = new HousePlan(
                Installation.current(),
                plan.out().resolve(HOUSE),
                Ports.free(),
                Resources.share(plan.threads()),
                SETTINGS);
    }

    /** Clears what an earlier quickstart left; refuses a directory that holds anything else. */
    public static QuickstartRoom prepare(QuickstartPlan plan) {
        Path out = plan.out();
        try {
            Files.createDirectories(out);
            List<String> ours = Stream.concat(
                            Stream.of(REPORT_JSON, REPORT_HTML, HOUSE, WorldFiles.DIRECTORY), WorldFiles.SPECS.stream())
                    .toList();
            try (Stream<Path> files = Files.list(out)) {
                files.filter(file -> !ours.contains(file.getFileName().toString()))
                        .findFirst()
                        .ifPresent(other -> {
                            throw new QuickstartException(out + " holds " + other.getFileName()
                                    + ", which is no quickstart's; choose another --out");
                        });
            }
            for (String name : ours) {
                delete(out.resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(out + " cannot be prepared; choose another --out", e);
        }
        return new QuickstartRoom(plan);
    }

    /** The house that will be started. */
    public HousePlan house() {
        return house;
    }

    /** Starts the house, tells the story, writes the reports and stops everything, whatever happens. */
    public Outcome play(Progress progress) {
        long begun = System.nanoTime();
        try (House running = start(progress)) {
            Thread stop = new Thread(running::stop, "plumbline-stop");
            Runtime.getRuntime().addShutdownHook(stop);
            Report report;
            try (HouseClient client = new HouseClient(running.addresses())) {
                report = new Quickstart(plan, client, progress).tell(running, begun);
            }
            Path json = Files.writeString(
                    plan.out().resolve(REPORT_JSON), report.json().toPrettyString() + "\n");
            Path html = Files.writeString(plan.out().resolve(REPORT_HTML), new ReportPage(report).html());
            return new Outcome(report, json, html);
        } catch (IOException e) {
            throw new UncheckedIOException(plan.out() + " cannot be written", e);
        }
    }

    private House start(Progress progress) {
        try (Progress.Task task = progress.begin("0 broker and services", PARTS)) {
            int[] started = {0};
            return House.start(house, name -> task.at(++started[0], PARTS, name));
        }
    }

    private static void delete(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> children = Files.list(path)) {
                for (Path child : children.toList()) {
                    delete(child);
                }
            }
        }
        Files.deleteIfExists(path);
    }
}
