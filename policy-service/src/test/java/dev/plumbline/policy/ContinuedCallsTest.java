package dev.plumbline.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.plumbline.exchange.ModelVersion;
import dev.plumbline.exchange.store.ModelOrigin;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Sampling;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.policy.v1.GenerateRequest;
import dev.plumbline.proto.policy.v1.GenerateResponse;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that never pause while another version is published, to a service whose answers go on with it. */
@QuarkusTest
@TestProfile(ContinuedCallsTest.GoingOn.class)
@WithTestResource(TestHouse.class)
@Timeout(240)
class ContinuedCallsTest {
    private static final int TOKENS = 100;
    private static final int AT_ONCE = 4;

    /** Answers go on with newer versions. */
    public static final class GoingOn implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("plumbline.policy.swap", "continue");
        }
    }

    @Test
    void noCallFailsAndThoseUnderWaySayWhichVersionMadeWhichTokens(@TempDir Path directory) throws Exception {
        try (RunningHouse house = new RunningHouse()) {
            ModelVersion first = house.serve(Checkpoints.qwen2());
            assertThat(house.blocking().generate(request(1)).getModel()).isEqualTo(first.toString());
            Path relearnt = Checkpoints.relearnt(Files.createDirectory(directory.resolve("relearnt")), 1);
            ModelVersion second = house.publish(relearnt, "policy", ModelOrigin.imported());

            List<ListenableFuture<GenerateResponse>> calls = new ArrayList<>();
            while (!house.served().equals(Optional.of(second.toString()))) {
                // As many again as have ended, so that some run whenever the other version is ready.
                while (calls.stream().filter(call -> !call.isDone()).count() < AT_ONCE) {
                    calls.add(house.future().generate(request(calls.size())));
                }
            }
            calls.add(house.future().generate(request(calls.size())));

            int moved = 0;
            for (ListenableFuture<GenerateResponse> call : calls) {
                GenerateResponse response = call.get();
                List<ModelVersionSpan> spans = response.getSamples(0).getModelVersionsList();
                assertThat(response.getModel())
                        .isEqualTo(spans.get(spans.size() - 1).getModel());
                assertWhole(response.getSamples(0));
                moved += spans.size() > 1 ? 1 : 0;
            }
            assertThat(calls.get(calls.size() - 1).get().getModel()).isEqualTo(second.toString());
            assertThat(moved).as("calls under way").isBetween(1, AT_ONCE);
            assertThat(house.get("/q/metrics").body())
                    .contains("plumbline_model_swap_seconds_count{phase=\"switch\"} 1");
            assertThat(house.metric("plumbline_model_swap_stall_seconds_count")).isPositive();
        }
    }

    private static void assertWhole(Sample sample) {
        assertThat(sample.getTokenIdsCount())
                .isEqualTo(TOKENS)
                .isEqualTo(sample.getLogprobsCount())
                .isEqualTo(sample.getRawLogprobsCount());
        int covered = 0;
        for (ModelVersionSpan span : sample.getModelVersionsList()) {
            assertThat(span.getFromToken()).isEqualTo(covered);
            covered = span.getToToken();
        }
        assertThat(covered).isEqualTo(TOKENS);
    }

    private static GenerateRequest request(long seed) {
        return GenerateRequest.newBuilder()
                .setText("hello there")
                .setSampling(Sampling.newBuilder().setSeed(seed))
                .setStopping(Stopping.newBuilder().setMaxTokens(TOKENS).setIgnoreEos(true))
                .build();
    }
}
