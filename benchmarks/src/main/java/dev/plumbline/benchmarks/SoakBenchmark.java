package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.Service;
import dev.plumbline.proto.policy.v1.GetLoadRequest;
import dev.plumbline.proto.policy.v1.GetLoadResponse;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Some minutes of all that callers do, over gRPC, HTTP and Kafka: unary answers and streams, cancelled ones, ones read slowly,
 * deadlines too short, log-probabilities, requests that are wrong and more of them than may wait, while new versions of the model
 * are published. Prints once a minute what policy-service has in memory. Fails if a call ends in a way that it must not, if the
 * keys and values pass their budget, if memory goes on growing ({@link SoakMemory}), or if anything is still held when nobody
 * calls any more. Arguments: minutes, 5 if there are none, and a model
 * (S, M, G), S if there is none. Linux only.
 */
public final class SoakBenchmark {
    private static final int THREADS = 2;
    private static final int GRPC_CALLERS = 20;
    private static final int HTTP_CALLERS = 4;

    /** Little of everything, so that every bound is met. */
    private static final Map<String, String> SETTINGS = Map.of(
            "plumbline.policy.slots", "16",
            "plumbline.policy.context-length", "768",
            "plumbline.policy.cache-size", "48M",
            "plumbline.policy.prefix-cache-size", "12M",
            "plumbline.policy.queue.requests", "12");

    private static final int SECONDS_OF_A_VERSION = 20;
    private static final int SECONDS_OF_A_READING = 10;
    private static final int SECONDS_TO_END = 60;

    private final CheckpointHouse policy;
    private final RandomLlama model;
    private final Path checkpoint;
    private final SoakCount count = new SoakCount();
    private final SoakMemory memory;
    private final AtomicBoolean over = new AtomicBoolean();

    private SoakBenchmark(CheckpointHouse policy, RandomLlama model, Path checkpoint) {
        this.policy = policy;
        this.model = model;
        this.checkpoint = checkpoint;
        this.memory = new SoakMemory(policy);
    }

    public static void main(String[] arguments) throws Exception {
        int minutes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        RandomLlama model = arguments.length > 1 ? RandomLlama.valueOf(arguments[1]) : RandomLlama.S;
        try (Scratch scratch = Scratch.create()) {
            Path checkpoint = model.write(scratch.directory());
            try (CheckpointHouse policy = CheckpointHouse.start(checkpoint, THREADS, SETTINGS, scratch.directory())) {
                new SoakBenchmark(policy, model, checkpoint).run(minutes);
            }
        }
    }

    private void run(int minutes) throws Exception {
        System.out.println("| minute | " + SoakCount.HEADING
                + " | resident MiB | most in the minute | heap MiB | KV use, most | versions |");
        System.out.println("|---|" + "---|".repeat(SoakCount.COLUMNS) + "---|---|---|---|---|");
        ExecutorService callers = Executors.newCachedThreadPool();
        try {
            List<Future<?>> calling = new ArrayList<>();
            callers().forEach(caller -> calling.add(callers.submit(caller)));
            int versions = 1;
            for (int minute = 1; minute <= minutes; minute++) {
                versions = watch(minute, versions, calling);
            }
            over.set(true);
            for (Future<?> caller : calling) {
                caller.get(SECONDS_TO_END, TimeUnit.SECONDS);
            }
        } finally {
            over.set(true);
            callers.shutdown();
        }
        requireIdle();
        memory.judge(minutes);
        System.out.println("\nNothing was held at the end, and no call ended otherwise than it may.");
    }

    /** All who call or send prompts, each with random numbers of its own. */
    private List<Runnable> callers() {
        HttpClient http = HttpClient.newHttpClient();
        List<Runnable> callers = new ArrayList<>();
        callers.add(new SoakPrompts(policy.topics(), requests(callers.size()), count, over));
        for (int i = 0; i < GRPC_CALLERS; i++) {
            SoakCalls calls = new SoakGrpcCalls(policy.calls(), requests(callers.size()), count);
            callers.add(new SoakCaller(calls, count, over));
        }
        for (int i = 0; i < HTTP_CALLERS; i++) {
            SoakCalls calls = new SoakHttpCalls(http, policy.completions(), requests(callers.size()), count);
            callers.add(new SoakCaller(calls, count, over));
        }
        return callers;
    }

    private SoakRequests requests(int seed) {
        return new SoakRequests(model, new Random(seed));
    }

    /** One minute; how many versions there are then. */
    private int watch(int minute, int before, List<Future<?>> calling) throws Exception {
        long mostResident = 0;
        double mostUsed = 0;
        int versions = before;
        Resident resident = policy.resident();
        HouseMeters meters = policy.meters();
        for (int second = 1; second <= 60; second++) {
            TimeUnit.SECONDS.sleep(1);
            for (Future<?> caller : calling) {
                if (caller.isDone()) {
                    caller.get(); // throws what ended it
                }
            }
            if (second % SECONDS_OF_A_VERSION == 0) {
                policy.publish(checkpoint);
                versions++;
            }
            if (second % SECONDS_OF_A_READING == 0) {
                memory.read();
            }
            resident = policy.resident();
            meters = policy.meters();
            requireBudget(meters);
            mostResident = Math.max(mostResident, resident.now());
            mostUsed = Math.max(mostUsed, meters.sum(Service.POLICY, "plumbline_policy_kv_utilisation"));
        }
        System.out.printf(
                Locale.ROOT,
                "| %d | %s | %d | %d | %.0f | %.2f | %d |%n",
                minute,
                count.row(),
                resident.now() >> 10,
                mostResident >> 10,
                meters.sum(Service.POLICY, "jvm_memory_used_bytes", "area=\"heap\"") / (1 << 20),
                mostUsed,
                versions);
        return versions;
    }

    private static void requireBudget(HouseMeters meters) {
        double allocated = meters.sum(Service.POLICY, "plumbline_policy_kv_allocated_bytes");
        double budget = meters.sum(Service.POLICY, "plumbline_policy_kv_budget_bytes");
        double used = meters.sum(Service.POLICY, "plumbline_policy_kv_utilisation");
        if (allocated > budget || used > 1) {
            throw new IllegalStateException("keys and values took " + allocated + " bytes of " + budget
                    + ", and answers " + used + " of what they can have");
        }
    }

    private void requireIdle() throws IOException, InterruptedException {
        GetLoadResponse load = GetLoadResponse.getDefaultInstance();
        for (int second = 0; second < SECONDS_TO_END; second++) {
            load = policy.calls().getLoad(GetLoadRequest.getDefaultInstance());
            if (load.getQueued() == 0 && load.getRunning() == 0 && load.getReservedBytes() == 0) {
                return;
            }
            TimeUnit.SECONDS.sleep(1);
        }
        throw new IllegalStateException("nobody calls any more, and still there is " + load);
    }
}
