package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PromptAllowanceTest {
    private static final int MOST = 512;
    private static final int RUNNING = 16;

    private final PromptAllowance allowance = new PromptAllowance(MOST);

    @Test
    void aStepThatReadsComesNearItsBoundAndDoesNotPassIt() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            int tokens = allowance.tokens(RUNNING);
            allowance.took(RUNNING, tokens, step(1000, 10, tokens));
        }
        int tokens = allowance.tokens(RUNNING);
        assertThat(step(1000, 10, tokens)).isBetween(2000L, (long) (PromptAllowance.LONGEST * 1000));
    }

    @Test
    void promptsThatCostMuchAreReadOnSlowlyAndStillReadOn() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 16, step(1000, 1000, 16));
        }
        assertThat(allowance.tokens(RUNNING)).isEqualTo(16);
    }

    @Test
    void aSingleSlowStepChangesNothing() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, step(1000, 10, 64));
        }
        int before = allowance.tokens(RUNNING);
        allowance.took(RUNNING, 0, 1_000_000);
        allowance.took(RUNNING, 64, 1_000_000);
        assertThat(allowance.tokens(RUNNING)).isEqualTo(before);
    }

    @Test
    void neverMoreThanAStepMayHave() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, 1001);
        }
        assertThat(allowance.tokens(RUNNING)).isEqualTo(MOST);
    }

    @Test
    void aSizeThatNeverRanAloneTakesTheNextSmallerOnesTime() {
        for (int round = 0; round < 20; round++) {
            allowance.took(1, 0, 400);
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, step(1000, 10, 64));
        }
        assertThat(allowance.tokens(8)).isEqualTo(allowance.tokens(1)).isLessThan(allowance.tokens(RUNNING));
        assertThat(allowance.tokens(4 * RUNNING)).isEqualTo(allowance.tokens(RUNNING));
    }

    /** How long a step takes, of its answers and of each token of a prompt. */
    private static long step(long answers, long token, int tokens) {
        return answers + token * tokens;
    }
}
