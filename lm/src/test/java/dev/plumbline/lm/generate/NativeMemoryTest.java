package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NativeMemoryTest {
    private static final int REQUESTS = 250;

    /** A decode step's logits are 6 kB here, so that keeping one tensor of each of the 2,000 steps shows. */
    private static final long TOLERATED_KILOBYTES = 10_000;

    @Test
    void requestsLeaveNothingBehindInNativeMemory() throws IOException {
        Path model = GreedyVectors.models().get(0);
        int[] prompt = GreedyVectors.cases(model).get(1).prompt();
        StopConditions stop = new StopConditions(40, 2, List.of("zz"), new int[0], true);
        List<SamplingParameters> settings = List.of(
                SamplingParameters.plain(1), new SamplingParameters(0.8f, 20, 0.9f, 0.01f), SamplingParameters.GREEDY);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine =
                        new GenerationEngine(model, tokenizer, new EngineSettings(4, 64, ComputeSettings.cpu(1)))) {
            long before = 0;
            for (int i = 0; i < 2 * REQUESTS; i++) {
                if (i == REQUESTS) { // by now the heap, the compiler and the allocator have what they need
                    before = residentKilobytes();
                }
                SamplingParameters sampling = settings.get(i % settings.size());
                engine.submit(GenerationRequest.of(prompt, 1 + i % 3, sampling, stop, i), new Collector());
                for (int step = 0; step < 8; step++) {
                    engine.poll();
                }
            }
            while (engine.poll() > 0) {}
            assertThat(residentKilobytes() - before).isLessThan(TOLERATED_KILOBYTES);
        }
    }

    /** The process's memory outside the Java heap's reserve, as Linux counts it. */
    private static long residentKilobytes() throws IOException {
        System.gc();
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new AssertionError("/proc/self/status names no VmRSS");
    }
}
