package dev.plumbline.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plumbline.proto.trainer.v1.DataFile;
import dev.plumbline.proto.trainer.v1.Optimizer;
import dev.plumbline.proto.trainer.v1.Provenance;
import dev.plumbline.proto.trainer.v1.Run;
import dev.plumbline.proto.trainer.v1.RunSession;
import dev.plumbline.proto.trainer.v1.RunSpec;
import dev.plumbline.proto.trainer.v1.SftSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunRecordTest {
    @TempDir
    Path directory;

    @Test
    void aRunsDirectoryTellsWhatWasDoneToWhichDataAndByWhichCode() throws Exception {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec());

            Path record = directory.resolve("a/runs").resolve(run.getRunId());
            assertThat(record)
                    .isDirectoryContaining("glob:**/request.json")
                    .isDirectoryContaining("glob:**/spec.json")
                    .isDirectoryContaining("glob:**/run.json")
                    .isDirectoryContaining("glob:**/provenance.json")
                    .isDirectoryContaining("glob:**/metrics.jsonl")
                    .isDirectoryContaining("glob:**/curves.html")
                    .isDirectoryContaining("glob:**/events.out.tfevents.*")
                    .isDirectoryContaining("glob:**/checkpoints");
            Provenance provenance = bench.runs().record(run.getRunId()).provenance();
            DataFile file = provenance.getData(0);
            assertThat(file.getField()).isEqualTo("sft.data.path");
            byte[] bytes = Files.readAllBytes(data());
            assertThat(file.getDigest())
                    .isEqualTo("sha256:"
                            + HexFormat.of()
                                    .formatHex(
                                            MessageDigest.getInstance("SHA-256").digest(bytes)));
            RunSession session = provenance.getSessions(0);
            assertThat(session.getJavaVersion()).isEqualTo(Runtime.version().toString());
            assertThat(session.getLibtorchVersion()).startsWith("2.7.1");
            assertThat(session.getVersion()).isNotEmpty().isNotEqualTo("unknown");
        }
    }

    @Test
    void theCurvesAreAPageThatNeedsNothingElse() throws IOException {
        try (Bench bench = Bench.in(directory.resolve("a"))) {
            Run run = bench.run(spec());

            assertThat(directory.resolve("a/runs").resolve(run.getRunId()).resolve("curves.html"))
                    .content()
                    .contains("uPlot", "\"metric\":\"eval/loss\"", "sft.optimizer.learning_rate")
                    .doesNotContain("{{", "src=\"http", "href=\"http");
        }
    }

    private Path data() {
        return directory.resolve("data.jsonl");
    }

    private RunSpec spec() {
        return RunSpec.newBuilder()
                .setName("tiny")
                .setSft(SftSpec.newBuilder()
                        .setModel(
                                TestModels.checkpoint("llama").toAbsolutePath().toString())
                        .setData(TestData.data(data(), 20, TestData::demonstration)
                                .setEvalFraction(0.2))
                        .setOptimizer(Optimizer.newBuilder().setLearningRate(1e-3))
                        .setBatchSize(4)
                        .setSteps(4))
                .build();
    }
}
