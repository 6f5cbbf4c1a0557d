package dev.plumbline.lm.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SideBySideTest {
    private static final ComputeSettings TWO = ComputeSettings.cpu(2);

    @Test
    void onTwoThreadsEachGoesOnWhileTheOtherWaits() {
        CountDownLatch met = new CountDownLatch(2);
        SideBySide.run(TWO, () -> meet(met), () -> meet(met));
        assertThat(met.getCount()).isZero();
    }

    @Test
    void onOneThreadTheSecondFollowsTheFirst() {
        AtomicInteger order = new AtomicInteger();
        SideBySide.run(
                ComputeSettings.cpu(1),
                () -> assertThat(order.compareAndSet(0, 1)).isTrue(),
                () -> assertThat(order.compareAndSet(1, 2)).isTrue());
        assertThat(order).hasValue(2);
    }

    @Test
    void oneOfTwoIsNotPartedFurtherThanItsThreadsAllow() {
        assertThat(SideBySide.isPossible(TWO)).isTrue();
        assertThat(SideBySide.map(TWO, List.of(1, 2), number -> SideBySide.isPossible(TWO)))
                .containsExactly(false, false);
        assertThat(SideBySide.map(ComputeSettings.cpu(4), List.of(1, 2), number -> SideBySide.isPossible(TWO)))
                .containsExactly(true, true);
        assertThat(SideBySide.isPossible(TWO)).isTrue();
    }

    @Test
    void resultsComeInTheOrderOfTheItems() {
        assertThat(SideBySide.map(TWO, List.of(1, 2), number -> -number)).containsExactly(-1, -2);
        assertThat(SideBySide.map(TWO, List.of(3), number -> -number)).containsExactly(-3);
    }

    @Test
    void whatOneThrowsIsThrownOnceTheOtherHasEnded() {
        AtomicInteger ended = new AtomicInteger();
        Runnable works = ended::incrementAndGet;
        Runnable fails = () -> {
            throw new ArithmeticException("the gradient norm is NaN");
        };
        assertThatThrownBy(() -> SideBySide.run(TWO, works, fails))
                .isInstanceOf(ArithmeticException.class)
                .hasMessage("the gradient norm is NaN");
        assertThatThrownBy(() -> SideBySide.run(TWO, fails, works)).isInstanceOf(ArithmeticException.class);
        assertThat(ended).hasValue(2);
    }

    @Test
    void manyInTurnNeedOneThreadMoreThanTheirCallers() {
        long before = companions();
        List<Integer> sums = IntStream.range(0, 4)
                .parallel()
                .mapToObj(caller -> {
                    int sum = 0;
                    for (int i = 0; i < 20_000; i++) {
                        List<Integer> results = SideBySide.map(TWO, List.of(i, i + 1), number -> number + caller);
                        sum += results.get(0) + results.get(1) - 2 * i - 2 * caller;
                    }
                    return sum;
                })
                .toList();
        assertThat(sums).containsOnly(20_000);
        assertThat(companions() - before).isLessThanOrEqualTo(4);
    }

    private static long companions() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("beside-"))
                .count();
    }

    private static void meet(CountDownLatch met) {
        met.countDown();
        try {
            met.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before the other came", e);
        }
    }
}
