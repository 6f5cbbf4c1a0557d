package dev.plumbline.lm.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PassingThreadTest {
    @Test
    void itsThreadEndsWithTheComputation() throws InterruptedException {
        Thread used = PassingThread.compute(Thread::currentThread);

        used.join();
        assertThat(used).isNotSameAs(Thread.currentThread());
    }

    @Test
    void whatIsThrownReachesTheCallerAsItIs() {
        IllegalArgumentException exception = new IllegalArgumentException("damaged");
        OutOfMemoryError error = new OutOfMemoryError("full");

        assertThatThrownBy(() -> PassingThread.compute(() -> {
                    throw exception;
                }))
                .isSameAs(exception);
        assertThatThrownBy(() -> PassingThread.compute(() -> {
                    throw error;
                }))
                .isSameAs(error);
    }

    @Test
    void anInterruptedCallerInterruptsTheComputationAndWaitsForItsEnd() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<String> seen = new AtomicReference<>("nothing");
        Thread caller = new Thread(() -> {
            String end = PassingThread.compute(() -> {
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                    return "woken";
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            });
            seen.set(end + ", caller " + Thread.currentThread().isInterrupted());
        });
        caller.start();
        begun.await();

        caller.interrupt();
        caller.join();

        assertThat(seen).hasValue("interrupted, caller true");
    }
}
