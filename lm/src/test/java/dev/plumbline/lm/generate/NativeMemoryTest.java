package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NativeMemoryTest {
    private static final int READINGS = 18;
    private static final int STEPS_PER_READING = 100;

    /** Many enough that a third of all readings have what is tolerated if each leaves a tensor of its cache or its methods. */
    private static final int VERSIONS_PER_READING = 10;

    /** Less than is left behind if every step keeps its logits and one more tensor of 8 rows of 1.6 kB. */
    private static final long TOLERATED_KILOBYTES = 6_000;

    @Test
    void requestsLeaveNothingBehindInNativeMemory() throws IOException {
        Path model = GreedyVectors.models().get(0);
        int[] prompt = GreedyVectors.cases(model).get(1).prompt();
        StopConditions stop = new StopConditions(40, 2, List.of("zz"), new int[0], true);
        List<SamplingParameters> settings = List.of(
                SamplingParameters.plain(1), new SamplingParameters(0.8f, 20, 0.9f, 0.01f), SamplingParameters.GREEDY);
        long[] kilobytes = new long[READINGS];
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine =
                        new GenerationEngine(model, tokenizer, new EngineSettings(8, 64, ComputeSettings.cpu(1)))) {
            int requests = 0;
            for (int reading = 0; reading < READINGS; reading++) {
                for (int step = 0; step < STEPS_PER_READING; step++) {
                    if (engine.waiting() == 0) {
                        SamplingParameters sampling = settings.get(requests % settings.size());
                        engine.submit(
                                GenerationRequest.of(prompt, 1 + requests % 3, sampling, stop, requests),
                                new Collector());
                        requests++;
                    }
                    engine.poll();
                }
                kilobytes[reading] = nativeKilobytes();
            }
        }
        assertThat(growth(kilobytes)).as(Arrays.toString(kilobytes)).isLessThan(TOLERATED_KILOBYTES);
    }

    @Test
    void versionsThatComeAndGoLeaveNothingBehindInNativeMemory() throws IOException {
        Path model = GreedyVectors.models().get(0);
        GenerationRequest request = GreedyVectors.cases(model).get(0).request();
        EngineSettings settings = new EngineSettings(8, 128, ComputeSettings.cpu(1));
        CacheMemory memory = new CacheMemory();
        long[] kilobytes = new long[READINGS];
        Tokenizer tokenizer = Tokenizer.load(model);
        GenerationEngine serving = new GenerationEngine(model, tokenizer, settings, memory);
        try {
            for (int reading = 0; reading < READINGS; reading++) {
                for (int version = 0; version < VERSIONS_PER_READING; version++) {
                    Tokenizer newTokenizer = Tokenizer.load(model);
                    GenerationEngine next = new GenerationEngine(model, newTokenizer, settings, memory);
                    next.submit(request, new Collector());
                    while (next.poll() > 0) {}
                    serving.close();
                    tokenizer.close();
                    serving = next;
                    tokenizer = newTokenizer;
                }
                kilobytes[reading] = nativeKilobytes();
            }
        } finally {
            serving.close();
            tokenizer.close();
        }
        assertThat(growth(kilobytes)).as(Arrays.toString(kilobytes)).isLessThan(TOLERATED_KILOBYTES);
    }

    /**
     * What a third of the readings adds. In the first third the compiler and the allocator take what they need; single readings are
     * noisy, as the heap is not returned at once; and a virtual machine may once take some for itself later on, which what
     * is left behind again and again does not end with: that goes on within the last third.
     */
    private static long growth(long[] kilobytes) {
        int last = 2 * READINGS / 3;
        int middle = (last + READINGS) / 2;
        long betweenThirds = median(kilobytes, last, READINGS) - median(kilobytes, READINGS / 3, last);
        long withinTheLast = median(kilobytes, middle, READINGS) - median(kilobytes, last, middle);
        return Math.min(betweenThirds, 2 * withinTheLast);
    }

    private static long median(long[] values, int from, int to) {
        long[] sorted = Arrays.copyOfRange(values, from, to);
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** The process's memory as Linux counts it, less the Java heap. */
    private static long nativeKilobytes() throws IOException {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted() / 1024;
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) - heap;
            }
        }
        throw new AssertionError("/proc/self/status names no VmRSS");
    }
}
