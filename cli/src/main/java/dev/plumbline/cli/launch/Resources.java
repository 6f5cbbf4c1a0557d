package dev.plumbline.cli.launch;

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
     * them all as long as those who wait do not spin for long, which {@link #environment()} sees to.
     */
    public static Resources share(int cores) {
        return new Resources(cores, HEAP_MEGABYTES);
    }

    /**
     * What has to be set before a process starts: libtorch reads it once. Nothing is looked up on the network. The images set
     * the same, but for the threads.
     */
    Map<String, String> environment() {
        return Map.of(
                "OMP_NUM_THREADS", String.valueOf(threads),
                "OMP_WAIT_POLICY", "PASSIVE",
                "GOMP_SPINCOUNT", System.getenv().getOrDefault("GOMP_SPINCOUNT", MOST_SPINS),
                "DJL_OFFLINE", "true",
                "OPT_OUT_TRACKING", "true");
    }
}
