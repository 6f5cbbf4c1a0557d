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
            int tokens = tokens(RUNNING);
            allowance.took(RUNNING, tokens, step(1000, 10, tokens));
        }
        int tokens = tokens(RUNNING);
        assertThat(step(1000, 10, tokens)).isBetween(2000L, (long) (PromptAllowance.IN_TURN * 1000));
    }

    @Test
    void besideAnswersAsMuchIsReadAsTakesALittleLongerThanTheirStep() {
        assertThat(besideAnswersThatTake(1300)).isEqualTo(88);
    }

    @Test
    void besideAnswersNoLessIsReadThanTakesAsLongAsTheyDoThere() {
        assertThat(besideAnswersThatTake(2000)).isEqualTo(104);
    }

    /** How much is read, at 20 ns a token, beside answers that take so long there and 1000 ns alone. */
    private int besideAnswersThatTake(long nanoseconds) {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            int tokens = allowance.tokens(RUNNING, true);
            allowance.tookSideBySide(RUNNING, nanoseconds, tokens, 20L * tokens);
        }
        return allowance.tokens(RUNNING, true);
    }

    @Test
    void shortPromptsWhichMostlyReadTheWeightsKeepLongOnesNotShort() {
        allowance.took(1, 0, 300);
        for (int round = 0; round < 5; round++) {
            allowance.took(1, 0, 300);
            allowance.tookSideBySide(1, 300, 4, beside(4));
        }
        for (int round = 0; round < 40; round++) {
            allowance.took(RUNNING, 0, 1000);
            int tokens = allowance.tokens(RUNNING, true);
            allowance.tookSideBySide(RUNNING, 1300, tokens, beside(tokens));
            allowance.tookSideBySide(RUNNING, 1300, 4, beside(4));
        }
        assertThat(beside(allowance.tokens(RUNNING, true))).isBetween(1600L, 1900L);
    }

    /** How long a half takes that reads so many tokens. */
    private static long beside(int tokens) {
        return 300 + 20L * tokens;
    }

    @Test
    void anEngineThatNeverLacksPromptsStillFindsOutWhatItsAnswersTake() {
        int without = 0;
        for (int step = 0; step < 100; step++) {
            int tokens = tokens(RUNNING);
            without += tokens == 0 ? 1 : 0;
            allowance.took(RUNNING, tokens, tokens == 0 ? 1000 : step(1000, 10, tokens));
        }
        assertThat(without).isBetween(5, 10);
        assertThat(tokens(RUNNING)).isBetween(100, 124);
    }

    @Test
    void promptsThatCostMuchAreReadOnSlowlyAndStillReadOn() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 16, step(1000, 1000, 16));
        }
        assertThat(tokens(RUNNING)).isEqualTo(8);
    }

    @Test
    void aSingleSlowStepChangesNothing() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, step(1000, 10, 64));
        }
        int before = tokens(RUNNING);
        allowance.took(RUNNING, 0, 1_000_000);
        allowance.took(RUNNING, 64, 1_000_000);
        assertThat(tokens(RUNNING)).isEqualTo(before);
    }

    @Test
    void neverMoreThanAStepMayHave() {
        for (int round = 0; round < 20; round++) {
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, 1001);
        }
        assertThat(tokens(RUNNING)).isEqualTo(MOST);
    }

    @Test
    void aSizeThatNeverRanAloneTakesTheNextSmallerOnesTime() {
        for (int round = 0; round < 20; round++) {
            allowance.took(1, 0, 400);
            allowance.took(RUNNING, 0, 1000);
            allowance.took(RUNNING, 64, step(1000, 10, 64));
        }
        int many = tokens(RUNNING);
        assertThat(tokens(8)).isEqualTo(tokens(1)).isLessThan(many);
        assertThat(tokens(4 * RUNNING)).isEqualTo(many);
    }

    private int tokens(int running) {
        return allowance.tokens(running, false);
    }

    /** How long a step takes, of its answers and of each token of a prompt. */
    private static long step(long answers, long token, int tokens) {
        return answers + token * tokens;
    }
}
