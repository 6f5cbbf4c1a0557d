package dev.plumbline.trainer.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.lm.TokenSequence;
import dev.plumbline.trainer.answers.Episode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FirstPassTest {
    @Test
    void theRatioErrorIsTheLargestOverTokensOfTheLearnersOwnVersion() {
        FirstPass firstPass = new FirstPass(4);
        Episode episode = new Episode(
                new TokenSequence(new int[4], 1),
                new float[] {-1, -1, -1},
                new float[3],
                new long[] {4, 4, 3},
                0,
                Map.of(),
                true);

        firstPass.compare(List.of(episode), new float[][] {{-1, -1.1f, -3}});

        assertThat(firstPass.ratioError()).isCloseTo(1 - Math.exp(-0.1), within(1e-6));
        // KL(mu || pi) by k3: r - 1 - log r with r = pi / mu, over all tokens.
        double expected = (Math.exp(-0.1) - 1 + 0.1 + Math.exp(-2) - 1 + 2) / 3;
        assertThat(firstPass.mismatchKl()).isCloseTo(expected, within(1e-6));
    }
}
