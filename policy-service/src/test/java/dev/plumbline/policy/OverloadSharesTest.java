package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.plumbline.proto.exchange.v1.Prompt;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More calls and more prompts from the log than the service can answer, or has room for in its queue. */
@QuarkusTest
@WithTestResource(TestHouse.class)
@TestProfile(OverloadSharesTest.OneSlotOfFour.class)
@Timeout(180)
class OverloadSharesTest {
    private static final double SHARE = 0.25;
    private static final int CALLERS = 96;
    private static final int PROMPTS = 48;
    private static final Stopping TOKENS =
            Stopping.newBuilder().setMaxTokens(40).setIgnoreEos(true).build();

    /** The log has a share that neither chance nor the order of arrival would give it. */
    public static final class OneSlotOfFour implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "plumbline.policy.log.share", Double.toString(SHARE),
                    "plumbline.policy.queue.requests", "64",
                    "plumbline.policy.queue.retry-after", "500ms");
        }
    }

    private static RunningHouse house;

    @BeforeAll
    static void open() {
        house = new RunningHouse();
        house.serve(Checkpoints.qwen2());
    }

    @AfterAll
    static void close() {
        house.close();
    }

    @Test
    void eachSourceHasItsShareOfTheTokens() throws Exception {
        LongAdder calls = new LongAdder();
        LongAdder refused = new LongAdder();
        AtomicBoolean enough = new AtomicBoolean();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        List<Future<?>> asking = new ArrayList<>();
        try {
            for (int i = 0; i < CALLERS; i++) {
                asking.add(callers.submit(() -> {
                    while (!enough.get()) {
                        ask(calls, refused);
                    }
                }));
            }
            RunningHouse.eventually(() -> refused.sum() > 0);
            for (int i = 0; i < PROMPTS; i++) {
                house.submit(Prompt.newBuilder()
                        .setId("overload/" + i)
                        .setText("hello")
                        .setSampling(Sampling.newBuilder().setNumSamples(1))
                        .setStopping(TOKENS)
                        .build());
            }
            RunningHouse.eventually(() -> !answered().isEmpty());
            long callsBefore = calls.sum();
            int promptsBefore = answered().size();
            RunningHouse.eventually(() -> answered().size() >= PROMPTS * 3 / 4);
            double ofCalls = calls.sum() - callsBefore;
            double ofPrompts = answered().size() - promptsBefore;

            assertThat(ofPrompts / (ofPrompts + ofCalls))
                    .as("share of the log: %s answers, beside %s of calls", ofPrompts, ofCalls)
                    .isCloseTo(SHARE, within(0.05));
            enough.set(true);
            for (Future<?> one : asking) {
                one.get();
            }
        } finally {
            enough.set(true);
            callers.shutdown();
        }
    }

    /** All have as many tokens. */
    private static void ask(LongAdder answered, LongAdder refused) {
        try {
            GenerateRequest request = GenerateRequest.newBuilder()
                    .setText("hello")
                    .setStopping(TOKENS)
                    .build();
            assertThat(house.blocking().generate(request).getSamplesCount()).isOne();
            answered.increment();
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            refused.increment();
            // Far sooner than it was told to.
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static List<Rollout> answered() {
        return house.rollouts().stream()
                .filter(rollout -> rollout.getPrompt().getId().startsWith("overload/"))
                .toList();
    }
}
