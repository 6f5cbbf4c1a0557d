package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.exchange.v1.RunState;
import dev.plumbline.proto.trainer.v1.Data;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CancelledReadingTest {
    @TempDir
    Path directory;

    @Test
    void aRunShowsHowMuchOfItsDataItHasReadAndIsCancelledInTheMiddle() {
        RunSpec.Builder spec = TestSpecs.sft(directory);
        Data.Builder data = TestData.data(directory.resolve("many.jsonl"), 5000, TestData::demonstration);
        spec.getSftBuilder().setData(data);
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            String id = bench.create(spec.build());
            List<String> shown = new ArrayList<>();
            bench.runs().subscribe(() -> {
                String reason = bench.get(id).getWaiting().getReason();
                if (shown.isEmpty() && reason.startsWith("reads its data")) {
                    shown.add(reason);
                    bench.runs().cancel(id);
                }
            });
            while (!bench.ended(id)) {
                bench.poll();
            }

            assertThat(shown).containsExactly("reads its data: 256 lines of " + data.getPath() + ", for 0 s");
            Run run = bench.get(id);
            assertThat(run.getState()).isEqualTo(RunState.RUN_STATE_CANCELLED);
            assertThat(run.hasWaiting()).isFalse();
            assertThat(run.getTotalSteps()).as("it never came to its steps").isZero();
            assertThat(directory.resolve("a/runs").resolve(id).resolve("data"))
                    .as("neither a part of the examples nor the record of a whole pass")
                    .isEmptyDirectory();

            Run next = bench.run(TestSpecs.sft(directory).build());
            assertThat(next.getState()).isEqualTo(RunState.RUN_STATE_SUCCEEDED);
        }
    }
}
