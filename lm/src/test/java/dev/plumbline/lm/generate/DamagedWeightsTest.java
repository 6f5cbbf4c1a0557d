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
    void aModelWhoseLogitsAreNoNumbersFailsItsRequestsWithTheReasonAndTheEngineLivesOn() throws IOException {
        Path model = copyWithNaN(GreedyVectors.models().get(0));
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

    /** Overwrites the last number of the weights. */
    private Path copyWithNaN(Path model) throws IOException {
        try (Stream<Path> files = Files.list(model)) {
            for (Path file : files.toList()) {
                Files.write(directory.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        Path weights = directory.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, Float.NaN);
        Files.write(weights, bytes);
        return directory;
    }
}
