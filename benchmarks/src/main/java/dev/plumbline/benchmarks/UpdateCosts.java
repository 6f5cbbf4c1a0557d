package dev.plumbline.benchmarks;

import dev.plumbline.cli.launch.Service;
import java.util.Arrays;
import java.util.Locale;

/**
 * Where the seconds of a PPO update go. A strictly on-policy update is a chain: the policy fetches the version before over
 * gRPC, loads it and generates; the judges judge; the trainer learns and writes the next version. What is left of the wall
 * time is spent between them: Kafka, gRPC and protobuf, and whatever else makes one wait for the other. The share of that
 * rest and of fetching is an upper bound for theirs: it holds idle waits, and the digests and files of what is fetched.
 *
 * @param seconds of each update, from the end of the one before to its own
 * @param learning mean seconds of an update
 * @param writing mean seconds until the version's files are written, without announcing it
 * @param checkpoint mean seconds that writing one took, while the policy generated; NaN if none was written
 * @param meters growth of the services' meters over the updates
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and not modified
record UpdateCosts(
        double[] seconds, double learning, double writing, double checkpoint, HouseMeters meters, int updates) {
    static final String HEADER =
            "| model | threads | s/update | min-max | generate | judge | learn | write | load | fetch | rest | fetch + rest"
                    + " | publishing | checkpoint s | checkpoints by time | cpu s: models | broker | wire | JIT, GC |\n"
                    + "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

    /** What lies between two checkpoints of a run that has no {@code checkpoint_every}, at least. */
    private static final double CHECKPOINT_INTERVAL = 60;

    private double wall() {
        return Arrays.stream(seconds).average().orElseThrow();
    }

    /** From a prompt's arrival in the engine to its last token; all prompts of an update are answered side by side. */
    private double generating() {
        String first = "gen_ai_server_time_to_first_token_seconds";
        String each = "gen_ai_server_time_per_output_token_seconds";
        return mean(first) + (PpoSpecs.RESPONSE - 1) * mean(each);
    }

    private double mean(String timer) {
        return meters.sum(Service.POLICY, timer + "_sum") / meters.sum(Service.POLICY, timer + "_count");
    }

    private double judging() {
        return meters.sum(Service.REWARD, "plumbline_reward_judging_seconds_sum") / updates;
    }

    private double swapping(String phase) {
        return meters.sum(Service.POLICY, "plumbline_model_swap_seconds_sum", "phase=\"" + phase + "\"") / updates;
    }

    /** What a step that waits for the version before waits for: its files are written, fetched and loaded. */
    private double publishing() {
        return writing + swapping("fetch") + swapping("load");
    }

    private double rest() {
        return wall() - generating() - judging() - learning - writing - swapping("fetch") - swapping("load");
    }

    /** A row of the table. */
    String row(RandomLlama model, int threads) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        ProcessorTime processor = meters.processor();
        return String.format(
                Locale.ROOT,
                "| %s | %d | %.2f | %.2f-%.2f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.1f %%"
                        + " | %.1f %% | %.3f | %.1f %% | %.2f | %.3f | %.3f | %.3f |",
                model,
                threads,
                wall(),
                sorted[0],
                sorted[sorted.length - 1],
                generating(),
                judging(),
                learning,
                writing,
                swapping("load"),
                swapping("fetch"),
                rest(),
                100 * (swapping("fetch") + rest()) / wall(),
                100 * publishing() / wall(),
                checkpoint,
                100 * checkpoint / CHECKPOINT_INTERVAL,
                processor.models() / updates,
                processor.broker() / updates,
                processor.wire() / updates,
                processor.runtime() / updates);
    }
}
