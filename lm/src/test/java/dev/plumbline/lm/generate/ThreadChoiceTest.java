package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ThreadChoiceTest {
    private static final int ALL = 4;
    private static final int SMALL = 3;
    private static final int LARGE = 32;

    private final ThreadChoice choice = new ThreadChoice(ALL);

    @Test
    void eachSizeOfStepTakesWhatWasFasterAfterBothWereTried() {
        boolean triedOne = false;
        boolean triedAll = false;
        for (int step = 0; step < 20; step++) {
            triedAll |= run(SMALL, 10, 30) == ALL;
            triedOne |= run(LARGE, 50, 20) == 1;
        }
        assertThat(triedOne && triedAll).isTrue();
        int slower = 0;
        for (int step = 0; step < 1000; step++) {
            slower += run(SMALL, 10, 30) == 1 ? 0 : 1;
            slower += run(LARGE, 50, 20) == ALL ? 0 : 1;
        }
        assertThat(slower).isLessThan(20);
    }

    @Test
    void threadsThatGainNextToNothingAreOnlyTried() {
        int onAll = 0;
        for (int step = 0; step < 1000; step++) {
            onAll += run(SMALL, 100, 95) == ALL ? 1 : 0;
        }
        assertThat(onAll).isBetween(10, 300);
    }

    @Test
    void whatIsFasterIsFoundAgainWhenItChanges() {
        for (int step = 0; step < 600; step++) {
            run(SMALL, 10, 30);
        }
        int onAll = 0;
        for (int step = 0; step < 2000; step++) {
            onAll += run(SMALL, 40, 30) == ALL ? 1 : 0;
        }
        assertThat(onAll).isGreaterThan(1400);
    }

    @Test
    void threadsThatWereDisturbedForAMomentAreSoonUsedAgain() {
        for (int step = 0; step < 50; step++) {
            run(SMALL, 17, 10);
        }
        int disturbed = 0;
        while (run(SMALL, 17, 40) == ALL) {
            disturbed++;
        }
        int onOne = 1;
        while (run(SMALL, 17, 10) == 1) {
            onOne++;
        }
        assertThat(disturbed).isBetween(2, 10);
        assertThat(onOne).isLessThan(20);
    }

    @Test
    void threadsThatAreDisturbedNowAndThenAndGainInTheMeanAreKept() {
        int onAll = 0;
        for (int step = 0; step < 3000; step++) {
            onAll += run(SMALL, 100, step % 6 == 0 ? 150 : 60) == ALL ? 1 : 0;
        }
        assertThat(onAll).isGreaterThan(2800);
    }

    @Test
    void threadsThatMostlyGainAndLoseInTheMeanAreLeft() {
        int onAll = 0;
        for (int step = 0; step < 3000; step++) {
            onAll += run(SMALL, 100, step % 4 == 0 ? 400 : 60) == ALL ? 1 : 0;
        }
        assertThat(onAll).isLessThan(300);
    }

    @Test
    void oneStepThatStoodStillIsNoReasonToChange() {
        for (int step = 0; step < 50; step++) {
            run(SMALL, 17, 10);
        }
        assertThat(run(SMALL, 17, 1_000_000)).isEqualTo(ALL);
        assertThat(run(SMALL, 17, 10)).isEqualTo(ALL);
    }

    @Test
    void aTrialEndsOnceItHasCostAStep() {
        for (int step = 0; step < 20; step++) {
            run(SMALL, 10, 30);
        }
        int onOne = 0;
        while (run(SMALL, 10, 300) == 1) {
            onOne++;
        }
        assertThat(onOne).isPositive();
        assertThat(run(SMALL, 10, 300)).isEqualTo(1);
    }

    @Test
    void aLargeStepThatComesToBeDisturbedIsDoneOnOneThread() {
        for (int step = 0; step < 50; step++) {
            run(SMALL, 30, 20);
            run(LARGE, 60, 40);
        }
        int onAll = 0;
        for (int step = 0; step < 1000; step++) {
            onAll += run(LARGE, 60, 500) == ALL ? 1 : 0;
        }
        assertThat(onAll).isLessThan(50);
    }

    @Test
    void aFirstStepThatIsSlowDoesNotDecide() {
        choice.threads(SMALL);
        choice.took(SMALL, 1_000_000);
        for (int step = 0; step < 20; step++) {
            run(SMALL, 30, 10);
        }
        assertThat(run(SMALL, 30, 10)).isEqualTo(ALL);
    }

    @Test
    void aLargeStepIsNotTriedOnOneThreadWhereASmallerOneGainsByAll() {
        for (int step = 0; step < 20; step++) {
            run(SMALL, 30, 20);
        }
        for (int step = 0; step < 20; step++) {
            assertThat(run(LARGE, 60, 40)).isEqualTo(ALL);
        }
    }

    @Test
    void oneThreadIsAllThereIs() {
        ThreadChoice one = new ThreadChoice(1);
        assertThat(one.threads(SMALL)).isEqualTo(1);
        assertThat(one.threads(LARGE)).isEqualTo(1);
    }

    /** A step that takes one of two times; how many threads it used. */
    private int run(int tokens, long onOne, long onAll) {
        int threads = choice.threads(tokens);
        choice.took(tokens, threads == 1 ? onOne : onAll);
        return threads;
    }
}
