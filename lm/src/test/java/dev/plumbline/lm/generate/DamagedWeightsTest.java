package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DamagedWeightsTest {
    @TempDir
    Path directory;

    @Test
    void whatADamagedModelLeavesInMemoryDoesNoHarmToTheNext() throws IOException {
        Path good = GreedyVectors.models().get(0);
        Path damaged = copyWithNaN(good, 1024);
        CacheMemory memory = new CacheMemory();
        EngineSettings settings = new EngineSettings(2, 128, ComputeSettings.cpu(1));
        GreedyVectors.Case expected = GreedyVectors.cases(good).get(0);
        try (Tokenizer tokenizer = Tokenizer.load(good);
                GenerationEngine beside = new GenerationEngine(good, tokenizer, settings, memory)) {
            try (GenerationEngine engine = new GenerationEngine(damaged, tokenizer, settings, memory)) {
                for (int position = 0; position < engine.contextLength(); position++) {
                    engine.measureStep(2, position, SamplingParameters.GREEDY, 1);
                }
            }
            try (GenerationEngine engine = new GenerationEngine(good, tokenizer, settings, memory)) {
                Collector collector = new Collector();
                engine.submit(expected.request(), collector);
                while (engine.poll() > 0) {}
                assertThat(collector.only().ids()).containsExactly(expected.tokens());
            }
            assertThat(beside.running()).isZero();
        }
    }

    @Test
    void aModelWhoseLogitsAreNoNumbersFailsItsRequestsWithTheReasonAndTheEngineLivesOn() throws IOException {
        Path model = copyWithNaN(GreedyVectors.models().get(0), Integer.MAX_VALUE);
        GenerationRequest request = GenerationRequest.of(
                new int[] {3, 4, 5}, 2, SamplingParameters.plain(1), StopConditions.maxTokens(4), 1);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine =
                        new GenerationEngine(model, tokenizer, new EngineSettings(2, 32, ComputeSettings.cpu(1)))) {
            for (int attempt = 0; attempt < 2; attempt++) {
                Collector collector = new Collector();
                engine.submit(request, collector);
                while (engine.poll() > 0) {}
                assertThat(collector.samples()).isEmpty();
                assertThat(collector.failures())
                        .singleElement()
                        .satisfies(failure ->
                                assertThat(failure).hasMessageContaining("not finite numbers after 3 tokens"));
                assertThat(engine.freeSlots()).isEqualTo(2);
            }
        }
    }

    /** Overwrites the last number of the weights and, from there back, one in so many bytes. */
    private Path copyWithNaN(Path model, int every) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.write(directory.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        Path weights = directory.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int first = Long.BYTES + Math.toIntExact(numbers.getLong(0));
        for (int at = bytes.length - Float.BYTES; at >= first; at -= every) {
            numbers.putFloat(at, Float.NaN);
        }
        Files.write(weights, bytes);
        return directory;
    }
}
