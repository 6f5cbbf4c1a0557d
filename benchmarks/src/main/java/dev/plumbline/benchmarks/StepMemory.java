package dev.plumbline.benchmarks;

import java.util.Locale;

/**
 * What a run of {@link PpoSpecs} adds to trainer-service's resident memory, beside its bound: of policy and critic weights,
 * gradients and two moments in float32, the reference's weights, and the activations of one micro-batch of policy and
 * critic, which learn side by side, and what Java's own memory, its heap and its code, and the libraries' code
 * grew by. A micro-batch is a whole mini-batch, since its tokens are fewer than the budget's.
 *
 * @param idle before the first run
 * @param trained after the last
 * @param java bytes by which Java's memory grew meanwhile
 */
record StepMemory(RandomLlama model, int threads, Resident idle, Resident trained, double java) {
    static final String HEADER =
            "| model | threads | MiB idle | weights, gradients, moments | activations | Java | libraries | bound"
                    + " | MiB added at most |\n|---|---|---|---|---|---|---|---|---|";

    private static final int EPISODES = PpoSpecs.EPISODES / PpoSpecs.MINIBATCHES;
    private static final int BYTES = Float.BYTES;
    private static final double MEBIBYTE = 1 << 20;

    /** MiB of all that has the shape of the weights. */
    private double weights() {
        long learnt = model.parameters() + model.scoringParameters();
        return (4 * learnt + model.parameters()) * BYTES / MEBIBYTE;
    }

    private double activations() {
        long layers = 2 * model.activations() * EPISODES * (PpoSpecs.PROMPT + PpoSpecs.RESPONSE);
        long head = model.headActivations() * EPISODES * PpoSpecs.RESPONSE;
        return (layers + head) * BYTES / MEBIBYTE;
    }

    private double libraries() {
        return (trained.files() - idle.files()) / 1024.0;
    }

    /** A row of the table. */
    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %d | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |",
                model,
                threads,
                idle.now() / 1024.0,
                weights(),
                activations(),
                java / MEBIBYTE,
                libraries(),
                weights() + activations() + java / MEBIBYTE + libraries(),
                (trained.most() - idle.now()) / 1024.0);
    }
}
