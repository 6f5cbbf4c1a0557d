package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An engine with a small model, opened before each test and closed after it. */
abstract class EngineAtWork {
    static final int SLOTS = 4;
    static final int CONTEXT = 96;
    static final SamplingParameters PLAIN = SamplingParameters.plain(1);

    final Path model = GreedyVectors.models().get(0);
    final int[] prompt = longestPrompt();

    Tokenizer tokenizer;
    GenerationEngine engine;

    @BeforeEach
    void open() {
        tokenizer = Tokenizer.load(model);
        engine = new GenerationEngine(model, tokenizer, new EngineSettings(SLOTS, CONTEXT, ComputeSettings.cpu(1)));
    }

    @AfterEach
    void close() {
        engine.close();
        tokenizer.close();
    }

    Collector run(GenerationRequest request) {
        Collector collector = new Collector();
        engine.submit(request, collector);
        drain();
        return collector;
    }

    void drain() {
        while (engine.poll() > 0) {}
        assertThat(engine.running()).isZero();
    }

    GenerationRequest request(int samples, int firstSample, SamplingParameters sampling, StopConditions stop) {
        return new GenerationRequest(prompt, samples, firstSample, sampling, stop, 1234);
    }

    static StopConditions endless(int tokens) {
        return new StopConditions(tokens, 0, List.of(), new int[0], true);
    }

    int[] longestPrompt() {
        int[] longest = {};
        for (GreedyVectors.Case each : GreedyVectors.cases(model)) {
            longest = each.prompt().length > longest.length ? each.prompt() : longest;
        }
        return longest;
    }
}
