package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.text.Tokenizer;
import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class GreedyVectorsTest {
    private static final double TOLERANCE = 1e-4;

    static List<Path> models() {
        return GreedyVectors.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void aPromptAloneContinuesAsInTransformers(Path model) {
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer, 1)) {
            for (GreedyVectors.Case expected : GreedyVectors.cases(model)) {
                Collector collector = new Collector();
                engine.submit(expected.request(), collector);
                while (engine.poll() > 0) {}
                assertMatches(collector, expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void promptsThatJoinARunningBatchAtDifferentStepsContinueAsInTransformers(Path model) {
        List<GreedyVectors.Case> cases = GreedyVectors.cases(model);
        try (Tokenizer tokenizer = Tokenizer.load(model);
                GenerationEngine engine = engine(model, tokenizer, 4)) {
            List<Collector> collectors = new ArrayList<>();
            for (int i = 0; i < cases.size(); i++) {
                Collector collector = new Collector();
                engine.submit(cases.get(i).request(), collector);
                collectors.add(collector);
                for (int step = 0; step < i; step++) {
                    engine.poll();
                }
            }
            while (engine.poll() > 0) {}
            for (int i = 0; i < cases.size(); i++) {
                assertMatches(collectors.get(i), cases.get(i));
            }
        }
    }

    private static GenerationEngine engine(Path model, Tokenizer tokenizer, int slots) {
        return new GenerationEngine(model, tokenizer, new EngineSettings(slots, 128, ComputeSettings.cpu(1)));
    }

    private static void assertMatches(Collector collector, GreedyVectors.Case expected) {
        GeneratedSample sample = collector.only();
        assertThat(sample.ids()).containsExactly(expected.tokens());
        double[] logProbs = expected.logProbs();
        for (int i = 0; i < logProbs.length; i++) {
            assertThat((double) sample.rawLogProbs()[i]).isCloseTo(logProbs[i], within(TOLERANCE));
            assertThat(sample.logProbs()[i]).as("a greedy choice is certain").isZero();
        }
        if (expected.stopped()) {
            assertThat(sample.finishReason()).isIn(FinishReason.EOS, FinishReason.STOP_TOKEN);
        } else {
            assertThat(sample.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }
}
