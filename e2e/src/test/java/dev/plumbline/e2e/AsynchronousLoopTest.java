package dev.plumbline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.exchange.Incoming;
import dev.plumbline.proto.exchange.v1.ModelVersionSpan;
import dev.plumbline.proto.exchange.v1.Rollout;
import dev.plumbline.proto.exchange.v1.Sample;
import dev.plumbline.proto.exchange.v1.Stopping;
import dev.plumbline.proto.trainer.v1.MetricsPoint;
import dev.plumbline.proto.trainer.v1.Run;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop whose policy samples ahead of what is learnt, and goes on with running answers on newer weights. */
final class AsynchronousLoopTest {
    private static final int STALENESS = 2;
    private static final int TOKENS = 48;

    @TempDir
    private Path directory;

    @Test
    void answers_of_several_versions_are_learnt_from_within_the_bound_of_staleness() {
        try (TinyHouse house = TinyHouse.continuing(directory)) {
            int steps = 12;
            Run run = house.awaitSuccess(house.create(
                            "ahead",
                            house.ppo(steps)
                                    .setMaxStaleness(STALENESS)
                                    .setStopping(Stopping.newBuilder()
                                            .setMaxTokens(TOKENS)
                                            .setIgnoreEos(true)))
                    .getRunId());

            List<MetricsPoint> learnt = house.points(run.getRunId()).stream()
                    .filter(point -> point.containsValues("staleness/max"))
                    .toList();
            assertThat(learnt).hasSize(steps);
            assertThat(learnt)
                    .extracting(point -> point.getValuesOrThrow("staleness/max"))
                    .allSatisfy(most -> assertThat(most).isLessThanOrEqualTo(STALENESS))
                    .anySatisfy(most -> assertThat(most).isEqualTo(STALENESS));

            List<Sample> samples = house.all(house.topics().trajectories()).stream()
                    .map(Incoming::message)
                    .map(trajectory -> trajectory.getRollout())
                    .filter(rollout -> rollout.getRunId().equals(run.getRunId()))
                    .map(Rollout::getSamplesList)
                    .flatMap(List::stream)
                    .toList();
            assertThat(samples).allSatisfy(AsynchronousLoopTest::assertWhole);
            assertThat(samples)
                    .as("answers that a newer version went on with")
                    .anySatisfy(
                            sample -> assertThat(sample.getModelVersionsCount()).isGreaterThan(1));
        }
    }

    /** Its spans follow each other without a gap, each of a newer version. */
    private static void assertWhole(Sample sample) {
        int from = 0;
        String before = "";
        for (ModelVersionSpan span : sample.getModelVersionsList()) {
            assertThat(span.getFromToken()).isEqualTo(from);
            assertThat(span.getModel()).isNotEqualTo(before);
            from = span.getToToken();
            before = span.getModel();
        }
        assertThat(from).isEqualTo(TOKENS).isEqualTo(sample.getTokenIdsCount());
    }
}
