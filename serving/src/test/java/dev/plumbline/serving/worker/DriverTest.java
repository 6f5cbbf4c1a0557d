package dev.plumbline.serving.worker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DriverTest {
    private static final Duration FOR_EVER = Duration.ofDays(1);

    @Test
    void aBusyWorkerIsPolledWithoutRest() throws Exception {
        CountDownLatch polls = new CountDownLatch(1000);

        try (Driver driver = new Driver("busy", count(polls, 1), FOR_EVER, FOR_EVER)) {
            driver.start();

            assertThat(polls.await(10, SECONDS)).isTrue();
        }
    }

    @Test
    void anIdleWorkerRestsUntilItIsWoken() throws Exception {
        Semaphore polled = new Semaphore(0);
        Worker idle = () -> {
            polled.release();
            return 0;
        };

        try (Driver driver = new Driver("idle", idle, FOR_EVER, FOR_EVER)) {
            driver.start();
            polled.acquire();
            for (int i = 0; i < 100; i++) {
                driver.wake();
                polled.acquire();
            }
        }
    }

    @Test
    void anIdleWorkerIsPolledAgainWhenItsRestIsOver() throws Exception {
        CountDownLatch polls = new CountDownLatch(3);

        try (Driver driver = new Driver("idle", count(polls, 0), Duration.ofMillis(1), FOR_EVER)) {
            driver.start();

            assertThat(polls.await(10, SECONDS)).isTrue();
        }
    }

    @Test
    void aWorkerThatFailsIsADeadOne() throws Exception {
        CountDownLatch finished = new CountDownLatch(1);
        Worker failing = new Worker() {
            @Override
            public int poll() {
                throw new IllegalStateException("no such shape");
            }

            @Override
            public void finish() {
                finished.countDown();
            }
        };

        try (Driver driver = new Driver("policy-engine", failing, FOR_EVER, FOR_EVER)) {
            assertThat(driver.complaint()).isEmpty();
            driver.start();

            assertThat(finished.await(10, SECONDS)).isTrue();
            assertThat(driver.complaint())
                    .hasValue("policy-engine died: java.lang.IllegalStateException: no such shape");
        }
    }

    @Test
    void aPollThatDoesNotComeBackIsStuckUntilItDoes() throws Exception {
        Semaphore entered = new Semaphore(0);
        Semaphore mayReturn = new Semaphore(0);
        AtomicLong nanoTime = new AtomicLong();
        Worker slow = () -> {
            entered.release();
            mayReturn.acquireUninterruptibly();
            return 1;
        };

        try (Driver driver =
                new Driver("slow", slow, new Driver.Pace(FOR_EVER, Duration.ofSeconds(60), FOR_EVER), nanoTime::get)) {
            driver.start();
            entered.acquire();
            nanoTime.set(Duration.ofSeconds(60).toNanos());
            assertThat(driver.complaint()).isEmpty();
            nanoTime.set(Duration.ofSeconds(61).toNanos());
            assertThat(driver.complaint()).hasValue("slow is stuck: one poll has been running for 61 s");

            mayReturn.release();
            entered.acquire();
            assertThat(driver.complaint()).isEmpty();
            mayReturn.release(Integer.MAX_VALUE / 2);
        }
    }

    @Test
    void aPollThatWaitsForSomethingFarAwayIsInterruptedAtTheEnd() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger finishes = new AtomicInteger();
        Worker waiting = new Worker() {
            @Override
            public int poll() {
                entered.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException("interrupted", e);
                }
                return 1;
            }

            @Override
            public void finish() {
                finishes.incrementAndGet();
            }
        };
        Driver driver = new Driver(
                "waiting", waiting, new Driver.Pace(FOR_EVER, FOR_EVER, Duration.ofMillis(10)), System::nanoTime);
        driver.start();
        entered.await();

        driver.close();

        assertThat(finishes).hasValue(1);
        assertThat(driver.complaint()).isEmpty();
    }

    @Test
    void aStoppedWorkerIsFinishedOnceByItsOwnThread() {
        AtomicInteger finishes = new AtomicInteger();
        Thread[] seen = new Thread[2];
        Worker worker = new Worker() {
            @Override
            public int poll() {
                seen[0] = Thread.currentThread();
                return 0;
            }

            @Override
            public void finish() {
                seen[1] = Thread.currentThread();
                finishes.incrementAndGet();
            }
        };

        Driver driver = new Driver("worker", worker, Duration.ofMillis(1), FOR_EVER);
        driver.start();
        driver.close();
        driver.close();

        assertThat(finishes).hasValue(1);
        assertThat(seen[1]).isNotSameAs(Thread.currentThread());
    }

    private static Worker count(CountDownLatch polls, int done) {
        return () -> {
            polls.countDown();
            return done;
        };
    }
}
