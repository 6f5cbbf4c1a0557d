package dev.plumbline.serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DrainTest {
    private final ToyHost host = new ToyHost();
    private final ActiveCalls calls = new ActiveCalls();
    private final ServiceHealth health = new ServiceHealth();

    @Test
    void healthTurnsBeforeCallsAreRefusedAndKafkaStopsBeforeTheWaiting() {
        health.show(List.of("toy"), true);
        host.finish = timeout -> {
            assertThat(HealthProbe.ask(health, "toy")).isEqualTo(ServingStatus.NOT_SERVING);
            assertThat(calls.draining()).isTrue();
            return true;
        };

        drain(Duration.ofSeconds(10)).run();

        assertThat(host.asked).containsExactly("stop intake", "finish", "close");
    }

    @Test
    void aCallUnderWayIsWaitedFor() {
        ActiveCalls.Ticket ticket = calls.enter().orElseThrow();
        CompletableFuture<Void> drained = CompletableFuture.runAsync(drain(Duration.ofSeconds(10))::run);
        assertThat(take()).isEqualTo("stop intake");
        assertThat(drained).isNotDone();

        ticket.leave();

        drained.join();
        assertThat(host.asked).containsExactly("finish", "close");
    }

    @Test
    void whatDoesNotEndInTimeIsAbortedBeforeTheEnd() {
        ActiveCalls.Ticket ticket = calls.enter().orElseThrow();
        host.abort = ticket::leave;

        drain(Duration.ofMillis(10)).run();

        assertThat(host.asked).containsExactly("stop intake", "abort", "close");
    }

    @Test
    void aServiceThatDoesNotFinishItsRecordsIsAborted() {
        host.finish = timeout -> false;

        drain(Duration.ofSeconds(10)).run();

        assertThat(host.asked).containsExactly("stop intake", "finish", "abort", "close");
    }

    @Test
    void healthStaysNotServingWhateverIsShownLater() {
        health.show(List.of("toy"), true);
        drain(Duration.ofSeconds(1)).run();
        health.show(List.of("toy"), true);

        assertThat(HealthProbe.ask(health, "toy")).isEqualTo(ServingStatus.NOT_SERVING);
    }

    private Drain drain(Duration timeout) {
        return new Drain(host, new Entrance(health, new Connections(), calls), timeout, System::nanoTime);
    }

    private String take() {
        try {
            return host.asked.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
