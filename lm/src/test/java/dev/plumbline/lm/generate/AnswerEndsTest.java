package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What ends an answer: strings, tokens, and the end of the sequence. */
final class AnswerEndsTest extends EngineAtWork {
    @Test
    void aStopStringEndsTheAnswerWhereverItLiesInTheText() {
        GeneratedSample whole = run(request(1, 0, PLAIN, endless(40))).only();
        String text = whole.text();
        int found = 0;
        for (int start = 0; start + 3 < text.length(); start += 3) {
            for (int length : new int[] {1, 3}) {
                String stop = text.substring(start, start + length);
                if (stop.indexOf('\uFFFD') >= 0) {
                    continue;
                }
                StopConditions conditions = new StopConditions(40, 0, List.of("never", stop), new int[0], true);
                GeneratedSample sample = run(request(1, 0, PLAIN, conditions)).only();
                assertThat(sample.finishReason()).isEqualTo(FinishReason.STOP_STRING);
                assertThat(sample.text()).isEqualTo(text.substring(0, text.indexOf(stop)));
                assertThat(sample.ids()).containsExactly(Arrays.copyOf(whole.ids(), sample.ids().length));
                found++;
            }
        }
        assertThat(found).isGreaterThan(10);
    }

    @Test
    void aStopTokenEndsTheAnswerAndIsNotInItsText() {
        GeneratedSample whole = run(request(1, 0, PLAIN, endless(20))).only();
        int stopToken = whole.ids()[12];
        int first = EndTokens.indexOf(whole.ids(), stopToken);
        StopConditions stop = new StopConditions(20, 0, List.of(), new int[] {stopToken}, true);
        GeneratedSample sample = run(request(1, 0, PLAIN, stop)).only();
        assertThat(sample.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
        assertThat(sample.ids()).containsExactly(Arrays.copyOf(whole.ids(), first + 1));
        StopConditions before = new StopConditions(Math.max(1, first), 0, List.of(), new int[0], true);
        assertThat(sample.text())
                .isEqualTo(
                        first == 0
                                ? ""
                                : run(request(1, 0, PLAIN, before)).only().text());
    }

    @Test
    void noEndComesBeforeTheLeastNumberOfTokens() {
        int eos = tokenizer.eosId().orElseThrow();
        int[] allButTwo = IntStream.range(0, tokenizer.vocabularySize())
                .filter(id -> id != eos && id != 5 && id != 9)
                .toArray();
        StopConditions stop = new StopConditions(30, 12, List.of(), allButTwo, false);
        Collector collector = run(request(4, 0, PLAIN, stop));
        for (GeneratedSample sample : collector.samples()) {
            assertThat(sample.finishReason()).isIn(FinishReason.EOS, FinishReason.STOP_TOKEN, FinishReason.LENGTH);
            assertThat(sample.ids().length).isGreaterThan(12);
            assertThat(Arrays.stream(sample.ids(), 0, 12))
                    .allMatch(id -> id == 5 || id == 9 || id >= tokenizer.vocabularySize());
            for (int i = 0; i < 12; i++) {
                assertThat(sample.logProbs()[i])
                        .as("of what was left to choose")
                        .isGreaterThan(sample.rawLogProbs()[i]);
            }
        }
    }

    @Test
    void theEndOfSequenceTokenEndsAnAnswerUnlessItIsIgnored() {
        // Hot enough that the token comes up.
        SamplingParameters hot = SamplingParameters.plain(20);
        int ended = 0;
        for (int first = 0; first < 120; first += 4) {
            for (GeneratedSample sample :
                    run(request(4, first, hot, StopConditions.maxTokens(40))).samples()) {
                int end = EndTokens.indexOf(sample.ids(), tokenizer.eosId().orElseThrow());
                assertThat(end).isIn(-1, sample.ids().length - 1);
                assertThat(sample.finishReason()).isEqualTo(end < 0 ? FinishReason.LENGTH : FinishReason.EOS);
                if (end >= 0) {
                    ended++;
                    GeneratedSample longer =
                            run(request(1, sample.index(), hot, endless(40))).only();
                    assertThat(longer.ids()).hasSize(40).startsWith(sample.ids());
                }
            }
        }
        assertThat(ended).isPositive();
    }
}
