package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.Service;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Readings of policy-service's memory in equal distances, and what they come to. */
final class SoakMemory {
    private static final double MEBIBYTE = 1 << 20;

    /** Compilers and allocators take some three minutes to warm up, which is to be a third. */
    private static final int LEAST_MINUTES = 9;

    private final CheckpointHouse policy;
    private final List<Double> resident = new ArrayList<>();
    private final List<Double> heap = new ArrayList<>();
    private final List<Double> outsideHeap = new ArrayList<>();

    SoakMemory(CheckpointHouse policy) {
        this.policy = policy;
    }

    /** One more reading, after a collection, so that the heap holds what is used and the system has back what is not. */
    void read() throws IOException, InterruptedException {
        policy.collectGarbage();
        HouseMeters meters = policy.meters();
        double now = policy.resident().now() / 1024.0;
        resident.add(now);
        heap.add(heap(meters, "used"));
        outsideHeap.add(now - heap(meters, "committed"));
    }

    private static double heap(HouseMeters meters, String kind) {
        return meters.sum(Service.POLICY, "jvm_memory_" + kind + "_bytes", "area=\"heap\"") / MEBIBYTE;
    }

    /**
     * Prints what the readings come to.
     *
     * @throws IllegalStateException if memory grows, and the soak took long enough to say so
     */
    void judge(int minutes) {
        List<MemoryTrend> trends = List.of(
                new MemoryTrend("resident", resident),
                new MemoryTrend("heap after a collection", heap),
                new MemoryTrend("resident outside of the heap", outsideHeap));
        System.out.println("\n" + MemoryTrend.HEADING);
        trends.forEach(trend -> System.out.println(trend.row()));
        if (minutes < LEAST_MINUTES) {
            System.out.println("\n" + minutes + " minutes are too few to fail for growth: warming up is not over. "
                    + LEAST_MINUTES + " are enough.");
            return;
        }
        List<String> growing = trends.stream()
                .filter(MemoryTrend::grows)
                .map(MemoryTrend::name)
                .toList();
        if (!growing.isEmpty()) {
            throw new IllegalStateException("memory grows under load: " + String.join(", ", growing));
        }
    }
}
