package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.torch.ComputeSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step in two halves beside the same step as a whole. */
final class StepHalvesTest {
    private static final double TOLERANCE = 1e-5;

    /** Tokens of running sequences, those first that reach into more levels of the cache; then of one that is read. */
    private static final int[] RUNNING = {150, 131, 60, 17, 2};

    private static final int READ = 30;
    private static final SamplingParameters SAMPLING = SamplingParameters.plain(1);

    static List<Path> models() {
        return GreedyVectors.models();
    }

    @ParameterizedTest
    @MethodSource("models")
    void halvesDrawTheTokensOfTheWhole(Path model) {
        EngineSettings settings = new EngineSettings(RUNNING.length + 1, 160, ComputeSettings.cpu(2));
        try (SlotDecoder decoder = SlotDecoder.load(model, settings, new CacheMemory(), ProductForms.Choice.MEASURED)) {
            int[] lengths = IntStream.of(RUNNING)
                    .map(length -> Math.min(length, decoder.layout().capacity()))
                    .toArray();
            StepPart first = decoder.parts().get(0);
            StepPart second = decoder.parts().get(1);
            for (int slot = 0; slot < lengths.length; slot++) {
                begin(first, 0, 0);
                first.input().read(slot, ids(decoder, slot, lengths[slot]), 0, lengths[slot] - 1);
                decoder.step(StepWay.ONE);
            }
            begin(first, 0, lengths.length + 1);
            run(decoder, first, lengths, 0, lengths.length);
            readAndDraw(decoder, first, lengths.length);
            List<ChosenTokens> whole = chosen(decoder.step(StepWay.ONE));
            for (int cut = 1; cut < lengths.length; cut++) {
                begin(first, 0, cut);
                run(decoder, first, lengths, 0, cut);
                begin(second, cut, lengths.length - cut + 1);
                run(decoder, second, lengths, cut, lengths.length);
                readAndDraw(decoder, second, lengths.length);
                assertAlike(
                        ChosenTokens.joined(chosen(decoder.step(StepWay.HALVES))), whole.get(0), lengths.length + 1);
            }
        }
    }

    private static void assertAlike(ChosenTokens some, ChosenTokens others, int rows) {
        for (int row = 0; row < rows; row++) {
            assertThat(some.id(row)).isEqualTo(others.id(row));
            assertThat(some.rawLogProb(row)).isCloseTo(others.rawLogProb(row), within((float) TOLERANCE));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void eachHalfReportsItsPromptsAndPassesOverItsIdleSlots(Path model) {
        EngineSettings settings = new EngineSettings(4, 160, ComputeSettings.cpu(2));
        try (SlotDecoder decoder = SlotDecoder.load(model, settings, new CacheMemory(), ProductForms.Choice.MEASURED)) {
            StepPart first = decoder.parts().get(0);
            StepPart second = decoder.parts().get(1);
            begin(first, 0, 1);
            readAndDraw(decoder, first, 0);
            report(decoder, first, 0);
            StepResult alone = decoder.step(StepWay.ONE).get(0);
            begin(first, 0, 1);
            readAndDraw(decoder, first, 3);
            report(decoder, first, 3);
            StepResult late = decoder.step(StepWay.ONE).get(0);

            // The first slot is idle while it is read in the first half, and the last likewise in the second.
            begin(first, 0, 1);
            first.input().idle();
            first.input().idle();
            readAndDraw(decoder, first, 0);
            report(decoder, first, 0);
            begin(second, 2, 1);
            second.input().idle();
            second.input().idle();
            readAndDraw(decoder, second, 3);
            report(decoder, second, 3);
            List<StepResult> halves = decoder.step(StepWay.HALVES);

            assertAlike(halves.get(0).chosen(), alone.chosen(), 1);
            assertAlike(halves.get(1).chosen(), late.chosen(), 1);
            assertThat(halves.get(0).prompts().get(0)).hasSize(alone.prompts().get(0).length);
            assertThat(halves.get(0).prompts().get(0))
                    .containsExactly(alone.prompts().get(0), within(TOLERANCE));
            assertThat(halves.get(1).prompts().get(0))
                    .containsExactly(late.prompts().get(0), within(TOLERANCE));
        }
    }

    private static void report(SlotDecoder decoder, StepPart part, int slot) {
        part.input().report(READ, ids(decoder, slot, READ), 1, TokenReport.ofPrompt(2));
    }

    private static void begin(StepPart part, int firstSlot, int draws) {
        part.input().begin(firstSlot);
        part.draws().begin(draws);
    }

    private static void run(SlotDecoder decoder, StepPart part, int[] lengths, int from, int to) {
        for (int slot = from; slot < to; slot++) {
            int last = lengths[slot] - 1;
            part.input().run(ids(decoder, slot, lengths[slot])[last], last);
            part.draws().add(draw(slot));
        }
    }

    private static void readAndDraw(SlotDecoder decoder, StepPart part, int slot) {
        part.input().read(slot, ids(decoder, slot, READ), 0, READ);
        part.input().follow(1);
        part.draws().add(draw(slot));
    }

    /** In the middle of a seventh, which no boundary of a token's probability is likely to hit within rounding. */
    private static Draw draw(int slot) {
        return Draw.of((slot + 0.5) / 7, SAMPLING);
    }

    private static int[] ids(SlotDecoder decoder, int slot, int length) {
        return IntStream.range(0, length)
                .map(i -> (13 * slot + 31 * i + 7) % decoder.vocabulary())
                .toArray();
    }

    private static List<ChosenTokens> chosen(List<StepResult> results) {
        List<ChosenTokens> chosen = new ArrayList<>();
        results.forEach(result -> chosen.add(result.chosen()));
        return chosen;
    }
}
