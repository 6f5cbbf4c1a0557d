package dev.plumbline.cli;

import dev.plumbline.cli.launch.House;
import dev.plumbline.cli.launch.HouseAddresses;
import dev.plumbline.cli.launch.HousePlan;
import dev.plumbline.cli.launch.Installation;
import dev.plumbline.cli.launch.LaunchException;
import dev.plumbline.cli.launch.Ports;
import dev.plumbline.cli.launch.Resources;
import dev.plumbline.cli.launch.Service;
import dev.plumbline.cli.progress.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code plumbline up}. */
@Command(
        name = "up",
        description = {
            "Start a broker and the three services on this machine and keep them until Ctrl-C.",
            "",
            "All data is in the directory and there again at the next start. The other commands find the addresses there."
        })
final class UpCommand implements Callable<Integer> {
    private static final int PARTS = 1 + Service.values().length;
    private static final int BETWEEN_LOOKS_SECONDS = 1;

    private final Terminal terminal;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "${env:PLUMBLINE_DIR:-" + HouseOptions.DIRECTORY + "}",
            description =
                    "Where everything is kept: Kafka's log, runs, models, log files. Default: $PLUMBLINE_DIR, else"
                            + " ~/.plumbline/house.")
    private Path directory = Path.of("");

    @Option(names = "--free-ports", description = "Take free ports instead of the usual ones.")
    private boolean freePorts;

    @Option(names = "--kafka-port", paramLabel = "PORT", description = "Broker. Default ${DEFAULT-VALUE}.")
    private int kafkaPort = Ports.USUAL_KAFKA;

    @Option(names = "--policy-port", paramLabel = "PORT", description = "policy-service. Default ${DEFAULT-VALUE}.")
    private int policyPort = Service.POLICY.usualGrpcPort();

    @Option(names = "--reward-port", paramLabel = "PORT", description = "reward-service. Default ${DEFAULT-VALUE}.")
    private int rewardPort = Service.REWARD.usualGrpcPort();

    @Option(names = "--trainer-port", paramLabel = "PORT", description = "trainer-service. Default ${DEFAULT-VALUE}.")
    private int trainerPort = Service.TRAINER.usualGrpcPort();

    @Option(names = "--policy-http-port", paramLabel = "PORT", description = "OpenAI's API. Default ${DEFAULT-VALUE}.")
    private int policyHttpPort = Service.POLICY.usualHttpPort();

    @Option(names = "--reward-http-port", paramLabel = "PORT", description = "Its health. Default ${DEFAULT-VALUE}.")
    private int rewardHttpPort = Service.REWARD.usualHttpPort();

    @Option(names = "--trainer-http-port", paramLabel = "PORT", description = "Its health. Default ${DEFAULT-VALUE}.")
    private int trainerHttpPort = Service.TRAINER.usualHttpPort();

    @Option(
            names = "--policy-control-port",
            paramLabel = "PORT",
            description = "Orders to policy-service. Default ${DEFAULT-VALUE}.")
    private int policyControlPort = Ports.USUAL_CONTROL;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each service. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    UpCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        HousePlan plan = new HousePlan(
                Installation.current(),
                directory,
                freePorts ? Ports.free() : ports(),
                Resources.share(threads),
                Map.of());
        Optional<HouseAddresses> running = HouseAddresses.read(plan.directory());
        if (running.isPresent()) {
            throw new LaunchException("a house is up in " + plan.directory() + " (process "
                    + running.get().pid() + "); end it, or choose another --dir");
        }
        plan.ports().requireFree();
        Logs.into(plan.log("kafka"));
        CountDownLatch ended = new CountDownLatch(1);
        try (House house = start(plan)) {
            Thread hook = new Thread(
                    () -> {
                        terminal.err().println("\nstopping");
                        ended.countDown();
                        house.stop();
                    },
                    "plumbline-stop");
            Runtime.getRuntime().addShutdownHook(hook);
            print(house);
            while (!ended.await(BETWEEN_LOOKS_SECONDS, TimeUnit.SECONDS)) {
                house.requireAlive();
            }
        }
        return ExitCode.OK;
    }

    private House start(HousePlan plan) {
        Progress progress = output.json ? Progress.silent() : RunView.progress(terminal);
        try (Progress.Task task = progress.begin("starting", PARTS)) {
            int[] started = {0};
            return House.start(plan, name -> task.at(++started[0], PARTS, name));
        }
    }

    private void print(House house) {
        HouseAddresses at = house.addresses();
        if (output.json) {
            terminal.out()
                    .println("{\"kafka\": \"" + at.kafka() + "\", \"policy\": \"" + at.policy() + "\", \"reward\": \""
                            + at.reward() + "\", \"trainer\": \"" + at.trainer() + "\"}");
        } else {
            Table table = new Table("PART", "ADDRESS", "LOG");
            table.row("kafka", at.kafka(), house.plan().log("kafka").toString());
            for (Service service : Service.values()) {
                table.row(
                        service.title(),
                        at.of(service),
                        house.plan().log(service.title()).toString());
            }
            table.print(terminal.out());
            terminal.out().println("Ctrl-C stops everything. Next: plumbline run sft SPEC.yaml");
        }
        terminal.out().flush();
    }

    private Ports ports() {
        return new Ports(
                kafkaPort,
                Map.of(Service.POLICY, policyPort, Service.REWARD, rewardPort, Service.TRAINER, trainerPort),
                Map.of(
                        Service.POLICY,
                        policyHttpPort,
                        Service.REWARD,
                        rewardHttpPort,
                        Service.TRAINER,
                        trainerHttpPort),
                policyControlPort);
    }
}
