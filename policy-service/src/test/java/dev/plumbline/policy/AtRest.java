package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.fuzz.HouseThreads;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import java.util.List;

/** A service that nobody calls, as it is before a test and must be again after it. */
final class AtRest {
    private static final GenerateRequest REQUEST = GenerateRequest.newBuilder()
            .setText("hello")
            .setSampling(Sampling.newBuilder().setSeed(3).setNumSamples(2))
            .setStopping(Stopping.newBuilder().setMaxTokens(5))
            .build();

    private final RunningHouse house;
    private final List<Sample> answer;
    private final HouseThreads threads;

    AtRest(RunningHouse house) {
        this.house = house;
        this.answer = answer();
        this.threads = new HouseThreads();
    }

    /** Nothing is generated, waits or is reserved any more, no thread is left behind, and answers are what they were. */
    void awaitAgain() {
        for (String metric :
                List.of("plumbline_policy_running", "plumbline_policy_queued", "plumbline_policy_kv_reserved_bytes")) {
            RunningHouse.eventually(() -> house.metric(metric) == 0);
        }
        RunningHouse.eventually(() -> threads.others().isEmpty());
        assertThat(answer()).isEqualTo(answer);
    }

    private List<Sample> answer() {
        return house.blocking().generate(REQUEST).getSamplesList();
    }
}
