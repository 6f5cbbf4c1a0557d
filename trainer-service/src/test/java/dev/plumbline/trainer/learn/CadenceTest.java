package dev.plumbline.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.Course;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CadenceTest {
    private long now;
    private final Cadence cadence = new Cadence(Course.getDefaultInstance(), () -> now);

    @Test
    void checkpointsAreWrittenOnceAMinuteAndAfterTheLastStep() {
        assertThat(cadence.checkpoints(3, 10)).isFalse();
        assertThat(cadence.checkpoints(10, 10)).isTrue();
        now = TimeUnit.SECONDS.toNanos(60);
        assertThat(cadence.checkpoints(4, 10)).isTrue();
        cadence.checkpointWritten();
        assertThat(cadence.checkpoints(5, 10)).isFalse();
    }

    @Test
    void thePolicyMayBeLoadingForAQuarterOfTheShorterOfTheLastTwoWaits() {
        cadence.waited(40);
        assertThat(cadence.policyMayBeLoading(0))
                .as("after a wait for services that begin")
                .isFalse();
        cadence.waited(8);
        assertThat(cadence.policyMayBeLoading(1.9)).isTrue();
        assertThat(cadence.policyMayBeLoading(2.1)).isFalse();
        cadence.waited(20);
        assertThat(cadence.policyMayBeLoading(1.9)).isTrue();
        assertThat(cadence.policyMayBeLoading(2.1)).isFalse();
    }

    @Test
    void aRunThatWaitsForOtherThingsDoesNotPutOffItsCheckpointForLong() {
        cadence.waited(3600);
        cadence.waited(3600);
        assertThat(cadence.policyMayBeLoading(9)).isTrue();
        assertThat(cadence.policyMayBeLoading(11)).isFalse();
    }
}
