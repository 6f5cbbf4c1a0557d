package dev.plumbline.lm.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ThreadChoiceTest {
    private static final int ALL = 4;
    private static final int SMALL = 3;
    private static final int LARGE = 32;
    private static final int MANY = 10_000;

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
    void threadsThatGainNextToNothingAreNotUsed() {
        assertThat(onAll(200, SMALL, 100, step -> 95)).isLessThan(20);
    }

    @Test
    void whatIsFasterIsFoundAgainWhenItChanges() {
        onAll(600, SMALL, 10, step -> 30);
        assertThat(onAll(2000, SMALL, 40, step -> 30)).isGreaterThan(1400);
    }

    @Test
    void threadsThatWereDisturbedForAMomentAreSoonUsedAgain() {
        onAll(50, SMALL, 17, step -> 10);
        assertThat(stepsOn(ALL, SMALL, 17, 40)).isBetween(2, 8);
        assertThat(stepsOn(1, SMALL, 17, 10)).isLessThan(20);
    }

    @Test
    void threadsThatAreDisturbedNowAndThenAndGainInTheMeanAreKept() {
        assertThat(onAll(3000, SMALL, 100, step -> step % 6 == 0 ? 150 : 60)).isGreaterThan(2800);
    }

    @Test
    void threadsThatMostlyGainAndLoseInTheMeanAreLeft() {
        assertThat(onAll(3000, SMALL, 100, step -> step % 4 == 0 ? 400 : 60)).isLessThan(300);
    }

    @Test
    void oneStepThatStoodStillIsNoReasonToChange() {
        onAll(50, SMALL, 17, step -> 10);
        assertThat(run(SMALL, 17, 1_000_000)).isEqualTo(ALL);
        assertThat(run(SMALL, 17, 10)).isEqualTo(ALL);
    }

    @Test
    void aTrialEndsOnceItHasCostAStep() {
        onAll(20, SMALL, 10, step -> 30);
        assertThat(stepsOn(1, SMALL, 10, 300)).isPositive();
        assertThat(run(SMALL, 10, 300)).isEqualTo(1);
    }

    @Test
    void aLargeStepThatComesToBeDisturbedIsDoneOnOneThread() {
        for (int step = 0; step < 50; step++) {
            run(SMALL, 30, 20);
            run(LARGE, 60, 40);
        }
        assertThat(onAll(1000, LARGE, 60, step -> 500)).isLessThan(50);
    }

    @Test
    void aFirstStepThatIsSlowDoesNotDecide() {
        choice.next(SMALL, StepSharing.WHOLE);
        choice.took(SMALL, StepSharing.WHOLE, 1_000_000);
        onAll(20, SMALL, 30, step -> 10);
        assertThat(run(SMALL, 30, 10)).isEqualTo(ALL);
    }

    @Test
    void aLargeStepIsNotTriedOnOneThreadWhereASmallerOneGainsByAll() {
        onAll(20, SMALL, 30, step -> 20);
        for (int step = 0; step < 20; step++) {
            assertThat(run(LARGE, 60, 40)).isEqualTo(ALL);
        }
    }

    @Test
    void oneThreadIsAllThereIs() {
        ThreadChoice one = new ThreadChoice(1);
        assertThat(one.next(SMALL, StepSharing.WHOLE)).isEqualTo(StepWay.ONE);
        assertThat(one.next(LARGE, StepSharing.EVEN)).isEqualTo(StepWay.ONE);
    }

    @Test
    void waysAreComparedForEachSharingByItself() {
        onAll(200, SMALL, 10, step -> 30);
        for (int step = 0; step < 200; step++) {
            StepWay way = choice.next(SMALL, StepSharing.EVEN);
            choice.took(SMALL, StepSharing.EVEN, way == StepWay.ONE ? 30 : 20);
        }
        assertThat(choice.next(SMALL, StepSharing.EVEN)).isEqualTo(StepWay.HALVES);
        assertThat(choice.next(SMALL, StepSharing.WHOLE)).isEqualTo(StepWay.ONE);
        Set<StepWay> uneven = EnumSet.noneOf(StepWay.class);
        for (int step = 0; step < 20; step++) {
            uneven.add(choice.next(SMALL, StepSharing.UNEVEN));
            choice.took(SMALL, StepSharing.UNEVEN, 20);
        }
        assertThat(uneven).containsExactlyInAnyOrder(StepWay.HALVES, StepWay.ALL);
    }

    /** How many of so many steps used all threads. */
    private int onAll(int steps, int tokens, long onOne, IntToLongFunction onAll) {
        return (int) IntStream.range(0, steps)
                .filter(step -> run(tokens, onOne, onAll.applyAsLong(step)) == ALL)
                .count();
    }

    /** How many steps use so many threads before one does not, which is one more. */
    private int stepsOn(int threads, int tokens, long onOne, long onAll) {
        int steps = 0;
        while (run(tokens, onOne, onAll) == threads) {
            assertThat(++steps).as("steps on %s threads", threads).isLessThan(MANY);
        }
        return steps;
    }

    /** A step that takes one of two times; how many threads it used. */
    private int run(int tokens, long onOne, long onAll) {
        StepWay way = choice.next(tokens, StepSharing.WHOLE);
        choice.took(tokens, StepSharing.WHOLE, way == StepWay.ONE ? onOne : onAll);
        return way == StepWay.ONE ? 1 : ALL;
    }
}
