package dev.plumbline.lm.torch;

/**
 * How a model computes on this host.
 *
 * @param threads the threads that share one operation; libtorch has one such number per process, so the models of one
 *     process should agree on it
 * @param device where weights and activations live
 * @param logitsBytes memory that the logits of one micro-batch may take, in bytes; beyond it the output head works row
 *     chunk by row chunk, and computes its chunks again when it learns
 */
public record ComputeSettings(int threads, ComputeDevice device, long logitsBytes) {
    private static final long DEFAULT_LOGITS_BYTES = 256L << 20;

    public ComputeSettings {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be >= 1, got " + threads);
        }
        if (logitsBytes < 1) {
            throw new IllegalArgumentException("logitsBytes must be >= 1, got " + logitsBytes);
        }
    }

    /** The processor with this many threads. */
    public static ComputeSettings cpu(int threads) {
        return new ComputeSettings(threads, new ComputeDevice.Cpu(), DEFAULT_LOGITS_BYTES);
    }
}
