package dev.plumbline.cli.launch;

import java.util.HashMap;
import java.util.Map;

/**
 * What one service may take of the host.
 *
 * @param threads threads of its computations
 * @param heapMegabytes the Java heap; a model's weights live outside
 */
public record Resources(int threads, int heapMegabytes) {
    private static final int HEAP_MEGABYTES = 512;

    /**
     * Long enough for the pauses within a step of a decoder, after which a thread that slept would be needed again before it
     * had woken; some tenths of a millisecond, so that another process gets the core soon.
     */
    private static final String MOST_SPINS = "10000";

    /**
     * By these glibc keeps the memory of a version that is let go for the next one, up to 1 GiB, in place of giving it back and
     * asking for other: of one heap, since versions are loaded on a thread of their own, and in blocks of up to 32 MiB, the
     * most it allows. A service that loads no versions on its way gains nothing and would hold on to its largest need.
     */
    private static final Map<String, String> KEPT_MEMORY = Map.of(
            "MALLOC_ARENA_MAX", "1",
            "MALLOC_MMAP_THRESHOLD_", String.valueOf(32 << 20),
            "MALLOC_TRIM_THRESHOLD_", String.valueOf(1 << 30));

    public Resources {
        if (threads < 1) {
            throw new LaunchException("threads must be >= 1, got " + threads);
        }
        if (heapMegabytes < 64) {
            throw new IllegalArgumentException("heapMegabytes must be >= 64, got " + heapMegabytes);
        }
    }

    /**
     * A service's share of a host's cores. A strictly on-policy run samples, judges and learns in turn, so each may use
     * them all as long as those who wait do not spin for long, which {@link #environment} sees to.
     */
    public static Resources share(int cores) {
        return new Resources(cores, HEAP_MEGABYTES);
    }

    /**
     * What has to be set before a service's process starts: libtorch and glibc read it once. Nothing is looked up on the
     * network. The images set the same, but for the threads.
     */
    Map<String, String> environment(Service service) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "OMP_NUM_THREADS", String.valueOf(threads),
                "OMP_WAIT_POLICY", "PASSIVE",
                "GOMP_SPINCOUNT", System.getenv().getOrDefault("GOMP_SPINCOUNT", MOST_SPINS),
                "DJL_OFFLINE", "true",
                "OPT_OUT_TRACKING", "true"));
        if (service == Service.POLICY) {
            environment.putAll(KEPT_MEMORY);
        }
        return environment;
    }
}
