package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class StopScannerTest {
    @Test
    void aStopStringAcrossPiecesIsFoundAndNothingOfItIsGivenOut() {
        StopScanner scanner = new StopScanner(List.of("\nUser:"));
        assertThat(scanner.accept("Hello\nU")).isEqualTo("Hello");
        assertThat(scanner.accept("se")).isEmpty();
        assertThat(scanner.accept("r: next")).isEmpty();
        assertThat(scanner.stopped()).isTrue();
        assertThat(scanner.rest()).isEmpty();
    }

    @Test
    void textThatOnlyLookedLikeAStopStringIsGivenOutOnceItCannotBeOne() {
        StopScanner scanner = new StopScanner(List.of("aab"));
        assertThat(scanner.accept("xaa")).isEqualTo("x");
        assertThat(scanner.accept("a")).isEqualTo("a");
        assertThat(scanner.accept("c")).isEqualTo("aac");
        assertThat(scanner.stopped()).isFalse();
    }

    @Test
    void whatIsHeldBackComesOutAtTheEnd() {
        StopScanner scanner = new StopScanner(List.of("###"));
        assertThat(scanner.accept("end##")).isEqualTo("end");
        assertThat(scanner.rest()).isEqualTo("##");
    }

    @Test
    void aStopStringThatIsCompleteBeforeItMayStopPassesButOneThatBeganThereStops() {
        StopScanner scanner = new StopScanner(List.of("stop"));
        assertThat(scanner.pass("stop s")).isEqualTo("stop ");
        assertThat(scanner.accept("top")).isEmpty();
        assertThat(scanner.stopped()).isTrue();
    }

    @Test
    void theCutsBetweenPiecesDoNotMatter() {
        long seed = 20260;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int stops = 0;
        for (int round = 0; round < 3000; round++) {
            List<String> stopStrings = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                stopStrings.add(word(random, 1 + random.nextInt(3)));
            }
            String text = word(random, random.nextInt(12));
            StopScanner scanner = new StopScanner(stopStrings);
            StringBuilder seen = new StringBuilder();
            int from = 0;
            while (from < text.length() && !scanner.stopped()) {
                int to = from + 1 + random.nextInt(text.length() - from);
                seen.append(scanner.accept(text.substring(from, to)));
                from = to;
            }
            seen.append(scanner.rest());
            assertThat(seen.toString())
                    .as("%s with %s", text, stopStrings)
                    .isEqualTo(untilFirstStop(text, stopStrings));
            stops += scanner.stopped() ? 1 : 0;
        }
        assertThat(stops).isBetween(500, 2500);
    }

    /** Reads character by character, and looks whether the text so far ends in a stop string, the longest first. */
    private static String untilFirstStop(String text, List<String> stopStrings) {
        for (int end = 1; end <= text.length(); end++) {
            for (int length = 3; length > 0; length--) {
                if (end >= length && stopStrings.contains(text.substring(end - length, end))) {
                    return text.substring(0, end - length);
                }
            }
        }
        return text;
    }

    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }
}
